#pragma once

#include <algorithm>
#include <utility>

#include "framework/cpu/conv_patch.h"
#include "framework/cpu/gemm.h"
#include "framework/cpu/stream.h"

namespace fno::cpu {

constexpr int kDepth = 144;  // terms (channel, tap) of a tile: its input stays in the first-level cache

/// Weights w(out, in, tap) with any strides: the input gradient reads them transposed and mirrored.
template <class T>
struct Weights {
  const T* w;
  std::ptrdiff_t out, in, tap;
  static Weights of(const ConvGeometry& g, const T* w) { return {w, std::ptrdiff_t{g.in} * g.taps(), g.taps(), 1}; }
  static Weights mirrored(const ConvGeometry& g, const T* w) {
    return {w + g.taps() - 1, g.taps(), std::ptrdiff_t{g.in} * g.taps(), -1};
  }
};

/// With stride 1 the input gradient is a convolution of dy with the mirrored, transposed kernel.
inline ConvGeometry mirrored(const ConvGeometry& g) {
  ConvGeometry m = g;
  std::swap(m.in, m.out);
  for (int axis = 0; axis < kGridAxes; ++axis) {
    std::swap(m.size[axis], m.out_size[axis]);
    m.padding[axis] = g.kernel[axis] - 1 - g.padding[axis];
  }
  return m;
}

/// A 1-wide kernel over blocks of points, cut into units for whoever divides them among threads.
template <class T>
struct PointwiseConv {
  ConvGeometry g;
  const T* x;
  Weights<T> w;
  const T* bias;
  T* y;

  static constexpr int kColumns = 960;
  [[nodiscard]] std::int64_t units_of_sample() const { return (g.out_points() + kColumns - 1) / kColumns; }
  [[nodiscard]] std::int64_t units() const { return g.batch * units_of_sample(); }
  /// Units worth a thread's waking up.
  [[nodiscard]] std::int64_t grain() const {
    return 1 + 100000 / (std::int64_t{g.out} * g.in * std::min<std::int64_t>(g.out_points(), kColumns) + 1);
  }
  [[nodiscard]] std::size_t scratch() const { return std::size_t(kDepth) * kColumns; }

  /// `to_y` stands for y, with rows and samples as far apart as given.
  void run(std::int64_t first, std::int64_t last, T* to_y, std::int64_t y_row, std::int64_t y_sample, T* block) const {
    const std::int64_t points = g.out_points(), blocks = units_of_sample();
    const bool in_place = readable_in_place(g, T());
    for (std::int64_t u = first; u < last; ++u) {
      const std::int64_t b = u / blocks, p0 = u % blocks * kColumns;
      const int count = static_cast<int>(std::min<std::int64_t>(kColumns, points - p0));
      T* to = to_y + b * y_sample + p0;
      for (int r0 = 0; r0 < g.in; r0 += kDepth) {
        const int r1 = std::min(g.in, r0 + kDepth);
        const T* rows = x + (b * g.in + r0) * points + p0;
        if (in_place)
          for (int r = 0; r < r1 - r0; ++r) touch(rows + r * points, count);
        else
          for (int r = 0; r < r1 - r0; ++r) std::copy_n(rows + r * points, count, block + std::ptrdiff_t{r} * kColumns);
        gemm(g.out, count, r1 - r0, w.w + r0 * w.in, w.out, w.in, in_place ? rows : block, in_place ? points : kColumns,
             to, y_row, r0 > 0, r0 == 0 ? bias : nullptr);
      }
    }
  }
};

}  // namespace fno::cpu
