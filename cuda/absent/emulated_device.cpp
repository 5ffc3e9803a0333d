#include "cuda/device.h"
#include "framework/error.h"

namespace fno {

bool built_with_cuda_emulation() { return false; }

Device open_emulated_device(CudaLibraries /*libraries*/) {
  fail(ErrorKind::device,
       "cuda-emulated: this program was built without the emulation of CUDA; build it with -DFNO_CUDA_EMULATION=ON");
}

}  // namespace fno
