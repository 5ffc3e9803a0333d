#pragma once

#include <string>
#include <vector>

#include "framework/kernels/backend.h"

namespace fno {

/// Whether this program holds the backend for devices, and for the emulator, whatever the machine has.
[[nodiscard]] bool built_with_cuda();
[[nodiscard]] bool built_with_cuda_emulation();

/// CUDA device `index`, named "cuda:INDEX". FNO_CUDA_LIBRARIES in the environment says whose kernels it runs:
///   own      ours, the default
///   vendor   every job that cuBLAS, cuFFT or cuDNN can run goes to them; device error where one is missing or refuses
///   auto     jobs that they are expected to win go to them, ours do the rest, and all where one is missing
///
/// Errors   device, in one line, if this program was built without CUDA, or there is no driver, no such device, or one
///          that its kernels are not built for; config if FNO_CUDA_LIBRARIES is something else.
[[nodiscard]] Device open_cuda_device(int index);

/// The same kernels run thread by thread on the CPU, named "cuda-emulated": for tests, many times slower than either.
/// Errors   device, if this program was built without the emulation.
[[nodiscard]] Device open_emulated_device();

/// A library of the CUDA toolkit that the backend can use, found while the program runs.
struct CudaLibrary {
  std::string name;                    ///< "cuBLAS"
  std::string version, path, problem;  ///< the last says in one line why it cannot be used, and is empty if it can
};

/// Looks for them, by libraries/shared_library.h. None if this program was built without CUDA.
[[nodiscard]] std::vector<CudaLibrary> cuda_libraries();

}  // namespace fno
