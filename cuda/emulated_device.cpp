#include "cuda/backend.h"
#include "cuda/device.h"

namespace fno {

bool built_with_cuda_emulation() { return true; }

Device open_emulated_device(CudaLibraries libraries) {
  return Device(cuda::make_backend(0, "cuda-emulated", libraries));
}

}  // namespace fno
