#pragma once

#include <memory>
#include <string>

#include "cuda/emulation/target.h"
#include "framework/kernels/backend.h"

namespace fno::cuda::CU_TARGET {

/// The backend on device `index`, under this name; FNO_CUDA_LIBRARIES says whether libraries of the toolkit run what
/// they can (libraries/vendor.h). Errors as of Context, and config if that setting is none.
[[nodiscard]] std::shared_ptr<Backend> make_backend(int index, const std::string& name);

}  // namespace fno::cuda::CU_TARGET
