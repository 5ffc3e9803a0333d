#pragma once

#include <algorithm>

#include "framework/kernels/conv.h"

namespace fno::cpu {

/// Adds rows (channel, tap) first … last-1 of the unfolded input, for output points p0 … p0+count-1 of one sample, into
/// x: x[channel, p·stride + tap - padding] += from[row - first][p - p0] where that lies on the grid.
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
    for (int done = 0; done < count;) {  // one stretch of an output row at a time
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

/// Whether the windows of the kernel cover the input once each: kernel as wide as the stride, no border, nothing left
/// over.
inline bool is_tiling(const ConvGeometry& g) {
  bool tiles = true;
  for (int axis = 0; axis < kGridAxes; ++axis)
    tiles = tiles && g.kernel[axis] == g.stride[axis] && g.padding[axis] == 0 &&
            g.size[axis] == g.out_size[axis] * g.stride[axis];
  return tiles;
}

/// fold where is_tiling, for all taps of channels i0 … i1-1: every element of x has one row that it comes from, so x is
/// written, with bias (or null) added, and not read.
template <class T>
void place(const ConvGeometry& g, const T* from, std::ptrdiff_t pitch, int i0, int i1, std::int64_t p0, int count,
           const T* bias, T* x) {
  const int kx = g.kernel[2];
  for (int i = i0; i < i1; ++i) {
    const T start = bias ? bias[i] : T(0);
    for (int tz = 0; tz < g.kernel[0]; ++tz)
      for (int ty = 0; ty < g.kernel[1]; ++ty, from += kx * pitch) {
        std::int64_t line = p0 / g.out_size[2];
        int ox = static_cast<int>(p0 % g.out_size[2]);
        for (int done = 0; done < count; ++line, ox = 0) {
          const int length = std::min(count - done, g.out_size[2] - ox);
          const std::int64_t oz = line / g.out_size[1], oy = line % g.out_size[1];
          T* __restrict to = x + i * g.points() +
                             ((oz * g.stride[0] + tz) * g.size[1] + oy * g.stride[1] + ty) * g.size[2] +
                             std::int64_t{ox} * kx;
          const T* __restrict in = from + done;
          if (kx == 2)
            for (int c = 0; c < length; ++c) {
              to[2 * c] = in[c] + start;
              to[2 * c + 1] = in[c + pitch] + start;
            }
          else
            for (int c = 0; c < length; ++c)
              for (int t = 0; t < kx; ++t) to[c * kx + t] = in[c + t * pitch] + start;
          done += length;
        }
      }
  }
}

}  // namespace fno::cpu
