#pragma once

/// The one choice between the two compilations of a kernel file.
///
///     nvcc                                 -> CU_TARGET is on_device
///     g++ -DFNO_CUDA_EMULATION             -> CU_TARGET is emulated
///
/// Every name of the two worlds lives in an inline namespace of that name, so one program can hold both and compare
/// them:
///
///     namespace fno::cuda::CU_TARGET {
///     __global__ void scale_kernel(ScaleJob job) { ... }
///     CU_KERNEL(scale_kernel);
///     }
#ifdef FNO_CUDA_EMULATION
#define CU_TARGET emulated
#else
#define CU_TARGET on_device
#endif

// Declared inline here, once; after that the keyword may be left out.
namespace fno::cu {
inline namespace CU_TARGET {}
}  // namespace fno::cu
namespace fno::cuda {
inline namespace CU_TARGET {}
}  // namespace fno::cuda
