#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "framework/cpu/simd.h"
#include "framework/kernels/conv.h"

namespace fno::cpu {

/// Elements first, first+2, … of the two vectors; first is 0 or 1.
template <class V>
V every_second(V a, V b, int first) {
  constexpr int kLanes = sizeof(V) / sizeof(a[0]);
  using Index = std::conditional_t<sizeof(a[0]) == 4, std::int32_t, std::int64_t>;
  typedef Index Mask __attribute__((vector_size(sizeof(V))));
  Mask even{};
  for (int l = 0; l < kLanes; ++l) even[l] = 2 * l;
  return first == 0 ? __builtin_shuffle(a, b, even) : __builtin_shuffle(a, b, even + 1);
}

/// Whether the convolution is a matrix product over the points: a 1-wide kernel with stride 1 and no padding.
inline bool is_pointwise(const ConvGeometry& g) {
  bool same = g.taps() == 1;
  for (int axis = 0; axis < kGridAxes; ++axis) same = same && g.stride[axis] == 1 && g.padding[axis] == 0;
  return same;
}

/// Channels a multiple of 4 KB apart fall into the same few cache sets; then a copy is faster than reading in place.
template <class T>
bool readable_in_place(const ConvGeometry& g, T) {
  return is_pointwise(g) && g.points() * static_cast<std::int64_t>(sizeof(T)) % 4096 != 0;
}

/// A copy of some input rows with their zero borders, made so that a convolution reads every tap of an output point at
/// a fixed distance from the point: x(channel, tap, point) = patch[channel·slab + offset(tap) + position(point)]. The
/// kernels then need no unfolded input, which would be kernel-volume times as large, and no cases for borders.
///
/// Points are output rows of one output slice, `rows` at a time. Where rows are long they stay rows, `pitch` apart, and
/// taps along a row are unaligned reads. Short rows would leave most of a vector empty, and strided ones cannot be read
/// as vectors: there the patch holds a copy for each tap along the row (and along the column if that is strided too),
/// so that the output points of the patch lie side by side as one long row.
struct Patch {
  const ConvGeometry& g;
  int rows;                          // output rows
  bool split;                        // a copy for each tap along the row
  bool split_y;                      // and a copy for each tap along the column
  int in_rows;                       // rows of a copy
  std::ptrdiff_t pitch, copy, slab;  // elements from row to row, copy to copy, channel to channel
  int lead;                          // zeros before the first row of a channel that is not split: its left border

  template <class T>
  static Patch of(const ConvGeometry& g, int rows, T) {
    constexpr int kLanes = Simd<T>::lanes;
    const int width = g.out_size[2], whole = (width + kLanes - 1) / kLanes * kLanes;
    Patch p{.g = g};
    p.rows = rows;
    p.split = g.kernel[2] == 1 || g.stride[2] != 1 || 6 * whole > 7 * width;
    p.split_y = p.split && g.stride[1] != 1;
    p.in_rows = p.split_y ? rows : (rows - 1) * g.stride[1] + g.kernel[1];
    // The zeros behind a row are its right border and the left border of the next.
    const int border = std::max(g.padding[2], width + g.kernel[2] - 1 - g.padding[2] - g.size[2]);
    p.pitch = p.split ? width : (g.size[2] + std::max(0, border) + kLanes - 1) / kLanes * kLanes;
    p.lead = p.split ? 0 : (g.padding[2] + kLanes - 1) / kLanes * kLanes;
    p.copy = p.in_rows * p.pitch;
    p.slab = (p.lead + p.copy * p.copies() + kLanes - 1) / kLanes * kLanes;
    if (p.slab * static_cast<std::ptrdiff_t>(sizeof(T)) % 4096 == 0) p.slab += kLanes;  // channels in other cache sets
    return p;
  }
  [[nodiscard]] int copies_x() const { return split ? g.kernel[2] : 1; }
  [[nodiscard]] int copies_y() const { return split_y ? g.kernel[1] : 1; }
  [[nodiscard]] int copies() const { return g.kernel[0] * copies_y() * copies_x(); }

  /// Output points come as `lines()` stretches of `width()` points, `step()` elements of the patch apart.
  [[nodiscard]] int lines() const { return split ? 1 : rows; }
  [[nodiscard]] int width() const { return split ? rows * g.out_size[2] : g.out_size[2]; }
  [[nodiscard]] std::ptrdiff_t step() const { return pitch * g.stride[1]; }
  [[nodiscard]] std::ptrdiff_t offset(int tap) const {
    const int tx = tap % g.kernel[2], ty = tap / g.kernel[2] % g.kernel[1], tz = tap / (g.kernel[2] * g.kernel[1]);
    const std::ptrdiff_t row = split_y ? ty * copies_x() * copy : ty * pitch;
    return lead + tz * copies_y() * copies_x() * copy + row + (split ? tx * copy : tx - g.padding[2]);
  }
  /// Elements of a patch of that many channels; vectors may be read past the last point.
  template <class T>
  [[nodiscard]] std::size_t size(int channels, T) const {
    return static_cast<std::size_t>(slab) * static_cast<std::size_t>(channels) + Simd<T>::lanes;
  }

  /// Fills the patch for output rows y0 … y0+rows-1 of output slice z, from `channels` channels at x.
  template <class T>
  void fill(const T* x, int channels, int z, int y0, T* to) const {
    for (int i = 0; i < channels; ++i) {
      const T* in = x + i * g.points();
      T* out = to + i * slab;
      std::fill_n(out, lead, T(0));
      out += lead;
      for (int tz = 0; tz < g.kernel[0]; ++tz)
        for (int ty = 0; ty < copies_y(); ++ty)
          for (int tx = 0; tx < copies_x(); ++tx, out += copy)
            fill_copy(in, z * g.stride[0] + tz - g.padding[0], y0 * g.stride[1] + ty - g.padding[1], tx, out);
    }
  }

 private:
  static constexpr std::size_t kAhead = 4096;  // bytes

  template <class T>
  void fill_copy(const T* in, int z, int y, int tx, T* out) const {
    const int step_y = split_y ? g.stride[1] : 1, stride = split ? g.stride[2] : 1;
    const int shift = split ? tx - g.padding[2] : 0, n = g.size[2], length = static_cast<int>(pitch);
    // Elements low … high-1 of a row come from the grid, the others are border.
    const int low = std::clamp((std::max(0, -shift) + stride - 1) / stride, 0, length);
    const int high = std::clamp(n - 1 - shift >= 0 ? (n - 1 - shift) / stride + 1 : 0, low, length);
    for (int r = 0; r < in_rows; ++r, y += step_y, out += pitch) {
      const T* line = in + (std::int64_t{z} * g.size[1] + y) * n;
      if (z < 0 || z >= g.size[0] || y < 0 || y >= g.size[1])
        fill_row<T>(nullptr, length, length, length, out);
      else if (stride == 1)
        fill_row(line + shift, low, high, length, out);
      else
        fill_strided_row(line, n, shift, stride, low, high, length, out);
    }
  }

  // Rows are filled by whole vectors, in order: what is written past the end of one, the next one overwrites. Rows can
  // be so short that calls of memcpy and memset would cost more than the copying.
  template <class T>
  static void fill_row(const T* line, int low, int high, int length, T* out) {
    using S = Simd<T>;
    for (int x = 0; x < low; x += S::lanes) S::store(out + x, typename S::V{});
    for (int x = low; x < length; x += S::lanes) {
      const int left = high - x;
      // Rows are too short for the processor to see the stream: the rows and channels to come lie behind this one.
      if (left > 0) __builtin_prefetch(line + x + kAhead / sizeof(T));
      S::store(out + x, left >= S::lanes ? S::load(line + x)
                        : left > 0       ? S::load_part(line + x, left)
                                         : typename S::V{});
    }
  }

  template <class T>
  static void fill_strided_row(const T* line, int n, int shift, int stride, int low, int high, int length, T* out) {
    using S = Simd<T>;
    std::fill_n(out, low, T(0));
    int x = low;
    if (stride == 2)
      for (; x + S::lanes <= high; x += S::lanes) {
        // The last element needed may be the last of the row: then read one earlier and take the odd ones.
        const int from = 2 * x + shift, late = from + 2 * S::lanes > n ? 1 : 0;
        if (from < late) break;
        S::store(out + x, every_second(S::load(line + from - late), S::load(line + from - late + S::lanes), late));
      }
    for (; x < high; ++x) out[x] = line[std::ptrdiff_t{x} * stride + shift];
    std::fill_n(out + high, length - high, T(0));
  }
};

}  // namespace fno::cpu
