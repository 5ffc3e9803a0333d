#pragma once

#include <string>

#include "tools/training/checkpoint.h"

namespace fno::training {

/// RUN/model.safetensors: the weights for other programs.
///
/// Complex tensors have a trailing axis of 2 (real, imaginary). Spectral weights, mode-major in the network (N, Ci,
/// Co), are saved as (Ci, Co, rows…, 2), the rows of each axis as weight_modes() orders them
/// (framework/ops/spectral.h). Metadata: format, architecture and sizes, scaling, settings, and what was said here.
/// Errors: storage.
void write_model_file(const std::string& path, const ParameterStore& store, const ModelDescription& model,
                      const std::string& settings);

}  // namespace fno::training
