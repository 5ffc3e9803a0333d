#pragma once

#include <algorithm>

#include "framework/kernels/conv.h"

namespace fno::cpu {

/// Writes the rows (channel, tap) first … last-1 of the unfolded input for output points p0 … p0+count-1 of one sample:
/// to[row - first][p - p0] = x[channel, p·stride + tap - padding], 0 outside. The matrix product over these rows is the
/// convolution; it is never stored as a whole.
template <class T>
void unfold(const ConvGeometry& g, const T* x, int first, int last, std::int64_t p0, int count, T* to,
            std::ptrdiff_t pitch) {
  const int taps = g.taps();
  for (int row = first; row < last; ++row, to += pitch) {
    const int tap = row % taps;
    const int tx = tap % g.kernel[2], ty = tap / g.kernel[2] % g.kernel[1], tz = tap / (g.kernel[2] * g.kernel[1]);
    const T* plane = x + row / taps * g.points();
    int ox = static_cast<int>(p0 % g.out_size[2]), oy = static_cast<int>(p0 / g.out_size[2] % g.out_size[1]);
    int oz = static_cast<int>(p0 / (std::int64_t{g.out_size[2]} * g.out_size[1]));
    int done = 0;
    while (done < count) {  // one stretch of an output row at a time
      const int length = std::min(count - done, g.out_size[2] - ox);
      const int iz = oz * g.stride[0] + tz - g.padding[0], iy = oy * g.stride[1] + ty - g.padding[1];
      T* out = to + done;
      if (iz < 0 || iz >= g.size[0] || iy < 0 || iy >= g.size[1]) {
        std::fill_n(out, length, T(0));
      } else {
        const T* in = plane + (std::int64_t{iz} * g.size[1] + iy) * g.size[2];
        const int shift = tx - g.padding[2], s = g.stride[2];
        // Outputs ox … whose input column ox·s + shift lies on the grid: from `low` to below `high`.
        const int low = std::clamp((std::max(0, -shift) + s - 1) / s - ox, 0, length);
        const int high =
            std::clamp((g.size[2] - 1 - shift >= 0 ? (g.size[2] - 1 - shift) / s + 1 : 0) - ox, low, length);
        std::fill_n(out, low, T(0));
        const T* from = in + std::int64_t{ox} * s + shift;
        if (s == 1)
          std::copy(from + low, from + high, out + low);
        else
          for (int i = low; i < high; ++i) out[i] = from[std::int64_t{i} * s];
        std::fill(out + high, out + length, T(0));
      }
      done += length;
      ox = 0;  // the next stretch starts a row
      if (++oy == g.out_size[1]) {
        oy = 0;
        ++oz;
      }
    }
  }
}

/// Whether the unfolded input is the input itself: a 1-wide kernel with stride 1 and no padding.
inline bool is_pointwise(const ConvGeometry& g) {
  bool same = g.taps() == 1;
  for (int axis = 0; axis < kGridAxes; ++axis) same = same && g.stride[axis] == 1 && g.padding[axis] == 0;
  return same;
}

/// Rows of the unfolded input, with their pitch.
template <class T>
struct Columns {
  const T* rows;
  std::ptrdiff_t pitch;
};

/// unfold into `buffer`, or the input in place where that is the same. Rows a multiple of 4 KB apart would fall into
/// the same few cache sets; those are copied.
template <class T>
Columns<T> columns_of(const ConvGeometry& g, const T* x, int first, int last, std::int64_t p0, int count, T* buffer,
                      std::ptrdiff_t buffer_pitch) {
  if (is_pointwise(g) && g.points() * static_cast<std::int64_t>(sizeof(T)) % 4096 != 0)
    return {x + first * g.points() + p0, static_cast<std::ptrdiff_t>(g.points())};
  unfold(g, x, first, last, p0, count, buffer, buffer_pitch);
  return {buffer, buffer_pitch};
}

/// The adjoint of unfold: adds rows back into x.
template <class T>
void fold(const ConvGeometry& g, const T* from, std::ptrdiff_t pitch, int first, int last, std::int64_t p0, int count,
          T* x) {
  const int taps = g.taps();
  for (int row = first; row < last; ++row, from += pitch) {
    const int tap = row % taps;
    const int tx = tap % g.kernel[2], ty = tap / g.kernel[2] % g.kernel[1], tz = tap / (g.kernel[2] * g.kernel[1]);
    T* plane = x + row / taps * g.points();
    int ox = static_cast<int>(p0 % g.out_size[2]), oy = static_cast<int>(p0 / g.out_size[2] % g.out_size[1]);
    int oz = static_cast<int>(p0 / (std::int64_t{g.out_size[2]} * g.out_size[1]));
    for (int done = 0; done < count;) {  // one stretch of an output row at a time, as in unfold
      const int length = std::min(count - done, g.out_size[2] - ox);
      const int iz = oz * g.stride[0] + tz - g.padding[0], iy = oy * g.stride[1] + ty - g.padding[1];
      if (iz >= 0 && iz < g.size[0] && iy >= 0 && iy < g.size[1]) {
        T* line = plane + (std::int64_t{iz} * g.size[1] + iy) * g.size[2];
        for (int i = 0; i < length; ++i) {
          const int ix = (ox + i) * g.stride[2] + tx - g.padding[2];
          if (ix >= 0 && ix < g.size[2]) line[ix] += from[done + i];
        }
      }
      done += length;
      ox = 0;
      if (++oy == g.out_size[1]) {
        oy = 0;
        ++oz;
      }
    }
  }
}

}  // namespace fno::cpu
