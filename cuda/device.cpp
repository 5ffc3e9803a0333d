#include "cuda/device.h"

#include "cuda/backend.h"
#include "cuda/libraries/cublas.h"
#include "cuda/libraries/cudnn.h"
#include "cuda/libraries/cufft.h"

namespace fno {

bool built_with_cuda() { return true; }

Device open_cuda_device(int index, CudaLibraries libraries) {
  return Device(cuda::make_backend(index, "cuda:" + std::to_string(index), libraries));
}

std::vector<CudaLibrary> cuda_libraries() {
  const auto row = [](const auto& library) {
    return CudaLibrary{library.name, library.version, library.path, library.problem};
  };
  return {row(cuda::cublas()), row(cuda::cufft()), row(cuda::cudnn())};
}

}  // namespace fno
