#pragma once

#include "cuda/emulation/portable.h"

/// Reductions of a warp and of a block in a fixed order: two runs give the same bits. All threads of the warp or block
/// call them together, and all get the result.
namespace fno::cuda::CU_TARGET {

inline constexpr unsigned kWarpMask = 0xffffffffu;
inline constexpr int kWarp = 32;
inline constexpr int kMaxWarps = 32;  // of a block

/// op must commute: lanes take their pairs in either order and still agree.
template <class T, class Op>
__device__ __forceinline__ T warp_reduce(T value, Op op) {
  for (int lanes = kWarp / 2; lanes > 0; lanes /= 2) value = op(value, __shfl_xor_sync(kWarpMask, value, lanes));
  return value;
}

/// Over a block of whole warps along x. `partials` is shared memory, one element a warp; it may be used again at once,
/// for another reduction too.
template <class T, class Op>
__device__ __forceinline__ T block_reduce(T value, T* partials, Op op) {
  value = warp_reduce(value, op);
  const int lane = int(threadIdx.x) % kWarp, warp = int(threadIdx.x) / kWarp, warps = int(blockDim.x) / kWarp;
  if (lane == 0) partials[warp] = value;
  __syncthreads();
  value = partials[0];
  for (int i = 1; i < warps; ++i) value = op(value, partials[i]);
  __syncthreads();
  return value;
}

template <class T>
__device__ __forceinline__ T warp_sum(T value) {
  return warp_reduce(value, [](T a, T b) { return a + b; });
}

template <class T>
__device__ __forceinline__ T block_sum(T value, T* partials) {
  return block_reduce(value, partials, [](T a, T b) { return a + b; });
}

}  // namespace fno::cuda::CU_TARGET
