#pragma once

#include "framework/kernels/scalar.h"

namespace fno {

/// Row-major indices below `size`, and how far apart their elements lie in two arrays a and b. A stride of 0 repeats an
/// element along its axis.
struct StridedPair {
  int axes = 0;
  std::int64_t count = 1;  // of indices
  std::int64_t size[kMaxAxes] = {}, a[kMaxAxes] = {}, b[kMaxAxes] = {};

  /// Adds an axis behind the others. One of length 1 is left out, and neighbours that both arrays step through evenly
  /// become one axis: longer runs. False if there is no room for it.
  bool add(std::int64_t n, std::int64_t step_a, std::int64_t step_b) {
    count *= n;
    if (n == 1) return true;
    const int last = axes - 1;
    if (last >= 0 && a[last] == step_a * n && b[last] == step_b * n) {
      size[last] *= n;
      a[last] = step_a;
      b[last] = step_b;
      return true;
    }
    if (axes == kMaxAxes) return false;
    size[axes] = n;
    a[axes] = step_a;
    b[axes++] = step_b;
    return true;
  }

  /// Elements of a or of b, whichever `step` belongs to, that the indices name.
  [[nodiscard]] std::int64_t distinct(const std::int64_t (&step)[kMaxAxes]) const {
    std::int64_t n = 1;
    for (int axis = 0; axis < axes; ++axis)
      if (step[axis] != 0) n *= size[axis];
    return n;
  }
};

}  // namespace fno
