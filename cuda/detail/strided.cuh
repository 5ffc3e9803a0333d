#pragma once

#include <cstdint>

#include "cuda/emulation/portable.h"
#include "framework/kernels/scalar.h"

/// Index arithmetic of arrays with strides.
namespace fno::cuda::CU_TARGET {

/// Row-major indices below `size`, and where each points in two arrays.
struct StridedPair {
  int axes = 0;
  std::int64_t count = 1;
  std::int64_t size[kMaxAxes] = {}, a[kMaxAxes] = {}, b[kMaxAxes] = {};
};

/// The same indices over as few axes as strides allow: axes of length 1 go, neighbours that both arrays step through
/// evenly become one.
inline StridedPair merged(int axes, const std::int64_t* size, const std::int64_t* a, const std::int64_t* b) {
  StridedPair m;
  for (int axis = 0; axis < axes; ++axis) {
    m.count *= size[axis];
    if (size[axis] == 1) continue;
    const int last = m.axes - 1;
    if (last >= 0 && m.a[last] == a[axis] * size[axis] && m.b[last] == b[axis] * size[axis]) {
      m.size[last] *= size[axis];
      m.a[last] = a[axis];
      m.b[last] = b[axis];
    } else {
      m.size[m.axes] = size[axis];
      m.a[m.axes] = a[axis];
      m.b[m.axes++] = b[axis];
    }
  }
  return m;
}

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
