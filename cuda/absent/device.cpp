#include "cuda/device.h"

#include "framework/error.h"

namespace fno {

bool built_with_cuda() { return false; }

Device open_cuda_device(int index, CudaLibraries /*libraries*/) {
  fail(ErrorKind::device, "cuda:", index, ": this program was built without CUDA; build it with -DFNO_CUDA=ON");
}

std::vector<CudaLibrary> cuda_libraries() { return {}; }

}  // namespace fno
