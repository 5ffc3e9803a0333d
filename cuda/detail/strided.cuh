#pragma once

#include <cstdint>

#include "cuda/emulation/portable.h"
#include "framework/kernels/strided.h"

/// Where the indices of a StridedPair point.
namespace fno::cuda::CU_TARGET {

struct PairOffset {
  std::int64_t a, b;
};

/// One division for each axis after the first; the compiler's 64-bit division takes the 32-bit way where both fit.
__device__ __forceinline__ PairOffset locate(const StridedPair& pair, std::int64_t index) {
  PairOffset at{0, 0};
  for (int axis = pair.axes - 1; axis > 0; --axis) {
    const std::int64_t rest = index / pair.size[axis], i = index - rest * pair.size[axis];
    at.a += i * pair.a[axis];
    at.b += i * pair.b[axis];
    index = rest;
  }
  return {at.a + index * pair.a[0], at.b + index * pair.b[0]};
}

}  // namespace fno::cuda::CU_TARGET
