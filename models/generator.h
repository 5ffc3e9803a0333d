#pragma once

#include <memory>
#include <string>
#include <vector>

#include "models/generator_config.h"
#include "models/model.h"

namespace fno {

/// hybrid, stable_hybrid, fno, fno_vanilla, ffno, hybrid_resnet, cnn.
[[nodiscard]] const std::vector<std::string>& generator_names();

/// The network of an arm: forward() maps (B, C, N, N) to (B, 2C, N, N), real parts in channels 0 … C-1 and imaginary
/// parts in C … 2C-1, in every output mode.
/// Errors: config, one line with the flag, what was found and what is accepted, before anything is allocated.
/// Source: Stage A specification (docs/studies/stage-a/specification.md), sections 4.1 to 4.12.
[[nodiscard]] std::unique_ptr<Model> make_generator(ParameterStore& store, const GeneratorConfig& config);

/// Counts without allocating; the same errors.
[[nodiscard]] ParameterCount count_parameters(const GeneratorConfig& config);

}  // namespace fno
