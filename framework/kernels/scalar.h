#pragma once

#include <cstdint>

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

}  // namespace fno
