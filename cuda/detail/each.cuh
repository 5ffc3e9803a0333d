#pragma once

#include <algorithm>
#include <cstdint>

#include "cuda/context.h"
#include "cuda/emulation/portable.h"

/// Kernels with one independent piece of work for each index below n, and the one place that decides how many blocks
/// they get. The emulator caps that number in some of its runs, and takes a kernel whose loop never went round for one
/// that never ran.
namespace fno::cuda::CU_TARGET {

inline constexpr int kEachThreads = 256;

/// Calls f(i) for this thread's indices below n: neighbouring threads take neighbouring indices, and the grid strides
/// over what it does not cover at once.
template <class F>
__device__ __forceinline__ void for_each_index(std::int64_t n, F f) {
  const std::int64_t stride = std::int64_t(gridDim.x) * blockDim.x;
  const std::int64_t first = std::int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
  cu::note_stride(first + stride < n);
  for (std::int64_t i = first; i < n; i += stride) f(i);
}

/// The same with one piece of work a block at a time: all its threads call f(item).
template <class F>
__device__ __forceinline__ void for_each_item(std::int64_t items, F f) {
  cu::note_stride(std::int64_t(blockIdx.x) + gridDim.x < items);
  for (std::int64_t item = blockIdx.x; item < items; item += gridDim.x) f(item);
}

/// Blocks for a kernel of for_each_item(items): at most a few times what the device holds, which evens out the end.
inline unsigned blocks_filling(const Context& context, std::int64_t items) {
  constexpr std::int64_t kBlocksEach = 32;
  return static_cast<unsigned>(std::min({items, kBlocksEach * context.multiprocessors(), cu::most_blocks()}));
}

/// Launches a kernel of for_each_index(n); none for n = 0.
template <class... Params, class... Args>
void launch_each(Context& context, std::int64_t n, void (*kernel)(Params...), Args&&... arguments) {
  if (n == 0) return;
  const unsigned blocks = blocks_filling(context, (n + kEachThreads - 1) / kEachThreads);
  cu::launch(kernel, dim3(blocks), dim3(kEachThreads), 0, context.stream(), arguments...);
}

}  // namespace fno::cuda::CU_TARGET
