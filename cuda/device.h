#pragma once

#include <string>
#include <vector>

#include "framework/kernels/backend.h"
#include "framework/names.h"

namespace fno {

/// Whether this program holds the backend for devices, and for the emulator, whatever the machine has.
[[nodiscard]] bool built_with_cuda();
[[nodiscard]] bool built_with_cuda_emulation();

/// Who runs the jobs that a library of the CUDA toolkit, cuBLAS, cuFFT or cuDNN, can run too.
enum class CudaLibraries {
  own,        ///< our kernels, always
  vendor,     ///< the library; device error where it is missing or refuses, so that no comparison is with ourselves
  automatic,  ///< the library where it is expected to win, our kernel where it is missing or refuses
};
template <>
inline constexpr std::array<std::string_view, 3> kNames<CudaLibraries>{"own", "vendor", "auto"};

/// CUDA device `index`, named "cuda:INDEX".
/// Errors   device, in one line, if this program was built without CUDA, or there is no driver, no such device, or one
///          that its kernels are not built for.
[[nodiscard]] Device open_cuda_device(int index, CudaLibraries libraries = CudaLibraries::own);

/// The same kernels run thread by thread on the CPU, named "cuda-emulated": for tests, many times slower than either.
/// Errors   device, if this program was built without the emulation.
[[nodiscard]] Device open_emulated_device(CudaLibraries libraries = CudaLibraries::own);

/// A library of the CUDA toolkit that the backend can use, found while the program runs.
struct CudaLibrary {
  std::string name;                    ///< "cuBLAS"
  std::string version, path, problem;  ///< the last says in one line why it cannot be used, and is empty if it can
};

/// Looks for them, by libraries/shared_library.h. None if this program was built without CUDA.
[[nodiscard]] std::vector<CudaLibrary> cuda_libraries();

}  // namespace fno
