#pragma once

#include <string_view>

#include "cuda/emulation/target.h"

namespace fno::cuda::CU_TARGET {

/// Whether kernels built for `architectures` run on a device of this compute capability. The list is that of CMake's
/// CUDA_ARCHITECTURES, with blanks between: "80-real" is machine code for 8.0 and later minor versions, "90a-real" for
/// exactly 9.0, "80-virtual" is PTX for 8.0 and everything later, "80" is both.
[[nodiscard]] bool runs_on(std::string_view architectures, int major, int minor);

}  // namespace fno::cuda::CU_TARGET
