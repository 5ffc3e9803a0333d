#pragma once

#include <algorithm>
#include <cstdint>

#include "cuda/context.h"
#include "cuda/emulation/portable.h"

/// Kernels with one independent piece of work for each index below n.
namespace fno::cuda::CU_TARGET {

inline constexpr int kEachThreads = 256;

/// Calls f(i) for this thread's indices below n: neighbouring threads take neighbouring indices, and the grid strides
/// over what it does not cover at once.
template <class F>
__device__ __forceinline__ void for_each_index(std::int64_t n, F f) {
  const std::int64_t stride = std::int64_t(gridDim.x) * blockDim.x;
  for (std::int64_t i = std::int64_t(blockIdx.x) * blockDim.x + threadIdx.x; i < n; i += stride) f(i);
}

/// Blocks for a kernel whose grid strides over `items` pieces of work, one a block at a time: at most a few times what
/// the device holds, which evens out the end.
inline unsigned blocks_filling(const Context& context, std::int64_t items) {
  constexpr std::int64_t kBlocksEach = 32;
  return static_cast<unsigned>(std::min(items, kBlocksEach * context.multiprocessors()));
}

/// Launches a kernel of for_each_index(n); none for n = 0.
template <class... Params, class... Args>
void launch_each(Context& context, std::int64_t n, void (*kernel)(Params...), Args&&... arguments) {
  if (n == 0) return;
  const unsigned blocks = blocks_filling(context, (n + kEachThreads - 1) / kEachThreads);
  cu::launch(kernel, dim3(blocks), dim3(kEachThreads), 0, context.stream(), arguments...);
}

}  // namespace fno::cuda::CU_TARGET
