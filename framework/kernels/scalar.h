#pragma once

#include <cstdint>

#include "framework/kernels/work.h"

namespace fno {

/// A complex number as two neighbouring reals, the layout of every complex array on every device.
template <class T>
struct Complex {
  T re, im;
};

/// Most axes that a broadcast, a reduction or a strided copy may have.
inline constexpr int kMaxAxes = 6;

/// Grids are always three axes, padded in front with ones: (1, 1, n) in 1-D, (1, h, w) in 2-D, (d, h, w) in 3-D.
inline constexpr int kGridAxes = 3;

/// Points of a grid.
[[nodiscard]] inline std::int64_t product_of(const int (&size)[kGridAxes]) {
  return std::int64_t{size[0]} * size[1] * size[2];
}

}  // namespace fno
