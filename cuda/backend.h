#pragma once

#include <memory>
#include <string>

#include "cuda/device.h"
#include "cuda/emulation/target.h"
#include "framework/kernels/backend.h"

namespace fno::cuda::CU_TARGET {

/// The backend on device `index`, under this name, and whether libraries of the toolkit run what they can
/// (libraries/vendor.h). Errors as of Context.
[[nodiscard]] std::shared_ptr<Backend> make_backend(int index, const std::string& name, CudaLibraries libraries);

}  // namespace fno::cuda::CU_TARGET
