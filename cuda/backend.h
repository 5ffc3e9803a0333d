#pragma once

#include <memory>
#include <string>

#include "cuda/emulation/target.h"
#include "framework/kernels/backend.h"

namespace fno::cuda::CU_TARGET {

/// The backend on device `index`, under this name. Errors as of Context.
[[nodiscard]] std::shared_ptr<Backend> make_backend(int index, const std::string& name);

}  // namespace fno::cuda::CU_TARGET
