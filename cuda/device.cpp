#include "cuda/device.h"

#include "cuda/backend.h"

namespace fno {

bool built_with_cuda() { return true; }

Device open_cuda_device(int index) { return Device(cuda::make_backend(index, "cuda:" + std::to_string(index))); }

}  // namespace fno
