#pragma once

#include <string>

#include "tools/settings/settings.h"
#include "tools/training/checkpoint.h"

namespace fno::training {

/// RUN/model.safetensors: the weights for other programs.
///
/// Complex tensors have a trailing axis of 2 (real, imaginary). Spectral weights, mode-major in the network (N, Ci,
/// Co), are saved as (Ci, Co, rows…, 2), the rows of each axis as weight_modes() orders them
/// (framework/ops/spectral.h). Metadata: format, architecture and sizes, scaling, settings, and what was said here.
/// Where the run stood, on what it ran and what it showed is not in it: equal runs leave equal files.
/// Errors: storage.
void write_model_file(const std::string& path, const ParameterStore& store, const ModelDescription& model,
                      const settings::Settings& settings);

}  // namespace fno::training
