#pragma once

#include "framework/kernels/backend.h"

namespace fno {

/// Whether this program holds the backend for devices, and for the emulator, whatever the machine has.
[[nodiscard]] bool built_with_cuda();
[[nodiscard]] bool built_with_cuda_emulation();

/// CUDA device `index`, named "cuda:INDEX".
/// Errors   device, in one line, if this program was built without CUDA, or there is no driver, no such device, or one
///          that its kernels are not built for.
[[nodiscard]] Device open_cuda_device(int index);

/// The same kernels run thread by thread on the CPU, named "cuda-emulated": for tests, many times slower than either.
/// Errors   device, if this program was built without the emulation.
[[nodiscard]] Device open_emulated_device();

}  // namespace fno
