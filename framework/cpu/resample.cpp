#include <algorithm>
#include <array>

#include "framework/cpu/context.h"

namespace fno::cpu {
namespace {

using Extents = std::array<int, kGridAxes>;

std::int64_t volume(const Extents& e) { return std::int64_t{e[0]} * e[1] * e[2]; }

// Calls f(z, y, x, offset) for every point of a grid in order.
template <class F>
void for_each_point(const Extents& size, F&& f) {
  std::int64_t offset = 0;
  for (int z = 0; z < size[0]; ++z)
    for (int y = 0; y < size[1]; ++y)
      for (int x = 0; x < size[2]; ++x) f(z, y, x, offset++);
}

std::int64_t offset_at(const int size[], int z, int y, int x) { return (std::int64_t{z} * size[1] + y) * size[2] + x; }

// Where an output point of a padded axis reads its input, or -1 for zero.
int padded_source(int p, int before, int size, PadMode mode) {
  int at = p - before;
  if (at >= 0 && at < size) return at;
  if (mode == PadMode::zero) return -1;
  return at < 0 ? -at : 2 * (size - 1) - at;
}

template <class Job>
Extents padded_size(const Job& j) {
  return {j.size[0] + j.before[0] + j.after[0], j.size[1] + j.before[1] + j.after[1],
          j.size[2] + j.before[2] + j.after[2]};
}

template <class Job>
std::int64_t pad_offset(const Job& j, int z, int y, int x) {
  const int iz = padded_source(z, j.before[0], j.size[0], j.mode),
            iy = padded_source(y, j.before[1], j.size[1], j.mode),
            ix = padded_source(x, j.before[2], j.size[2], j.mode);
  return iz < 0 || iy < 0 || ix < 0 ? -1 : offset_at(j.size, iz, iy, ix);
}

}  // namespace

template <class T>
void execute(Context& context, const MaxPool<T>& j) {
  const Extents out{j.size[0] / j.window[0], j.size[1] / j.window[1], j.size[2] / j.window[2]};
  const std::int64_t in_points = offset_at(j.size, j.size[0], 0, 0), out_points = volume(out);
  context.parallel(j.planes, 1 + 8192 / (in_points + 1), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t plane = first; plane < last; ++plane) {
      const T* x = j.x + plane * in_points;
      for_each_point(out, [&](int z, int y, int px, std::int64_t p) {
        std::int64_t best = offset_at(j.size, z * j.window[0], y * j.window[1], px * j.window[2]);
        for (int dz = 0; dz < j.window[0]; ++dz)
          for (int dy = 0; dy < j.window[1]; ++dy)
            for (int dx = 0; dx < j.window[2]; ++dx) {
              const std::int64_t at =
                  offset_at(j.size, z * j.window[0] + dz, y * j.window[1] + dy, px * j.window[2] + dx);
              if (x[at] > x[best] || x[at] != x[at]) best = at;  // NaN wins, so that it shows
            }
        j.y[plane * out_points + p] = x[best];
        j.from[plane * out_points + p] = static_cast<std::int32_t>(best);
      });
    }
  });
}

template <class T>
void execute(Context& context, const MaxPoolBackward<T>& j) {
  const std::int64_t in_points = offset_at(j.size, j.size[0], 0, 0);
  const std::int64_t out_points = volume({j.size[0] / j.window[0], j.size[1] / j.window[1], j.size[2] / j.window[2]});
  context.parallel(j.planes, 1 + 8192 / (in_points + 1), [&](std::int64_t first, std::int64_t last) {
    std::fill(j.dx + first * in_points, j.dx + last * in_points, T(0));
    for (std::int64_t p = first * out_points; p < last * out_points; ++p)
      j.dx[p / out_points * in_points + j.from[p]] += j.dy[p];
  });
}

template <class T>
void execute(Context& context, const Upsample<T>& j) {
  const Extents out{j.size[0] * j.factor[0], j.size[1] * j.factor[1], j.size[2] * j.factor[2]};
  const std::int64_t in_points = offset_at(j.size, j.size[0], 0, 0), out_points = volume(out);
  context.parallel(j.planes, 1 + 8192 / (out_points + 1), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t plane = first; plane < last; ++plane)
      for_each_point(out, [&](int z, int y, int x, std::int64_t p) {
        j.y[plane * out_points + p] =
            j.x[plane * in_points + offset_at(j.size, z / j.factor[0], y / j.factor[1], x / j.factor[2])];
      });
  });
}

template <class T>
void execute(Context& context, const UpsampleBackward<T>& j) {
  const Extents out{j.size[0] * j.factor[0], j.size[1] * j.factor[1], j.size[2] * j.factor[2]};
  const std::int64_t in_points = offset_at(j.size, j.size[0], 0, 0), out_points = volume(out);
  context.parallel(j.planes, 1 + 8192 / (out_points + 1), [&](std::int64_t first, std::int64_t last) {
    std::fill(j.dx + first * in_points, j.dx + last * in_points, T(0));
    for (std::int64_t plane = first; plane < last; ++plane)
      for_each_point(out, [&](int z, int y, int x, std::int64_t p) {
        j.dx[plane * in_points + offset_at(j.size, z / j.factor[0], y / j.factor[1], x / j.factor[2])] +=
            j.dy[plane * out_points + p];
      });
  });
}

template <class T>
void execute(Context& context, const Pad<T>& j) {
  const Extents out = padded_size(j);
  const std::int64_t in_points = offset_at(j.size, j.size[0], 0, 0), out_points = volume(out);
  context.parallel(j.planes, 1 + 8192 / (out_points + 1), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t plane = first; plane < last; ++plane)
      for_each_point(out, [&](int z, int y, int x, std::int64_t p) {
        const std::int64_t from = pad_offset(j, z, y, x);
        j.y[plane * out_points + p] = from < 0 ? T(0) : j.x[plane * in_points + from];
      });
  });
}

template <class T>
void execute(Context& context, const PadBackward<T>& j) {
  const Extents out = padded_size(j);
  const std::int64_t in_points = offset_at(j.size, j.size[0], 0, 0), out_points = volume(out);
  context.parallel(j.planes, 1 + 8192 / (out_points + 1), [&](std::int64_t first, std::int64_t last) {
    std::fill(j.dx + first * in_points, j.dx + last * in_points, T(0));
    for (std::int64_t plane = first; plane < last; ++plane)
      for_each_point(out, [&](int z, int y, int x, std::int64_t p) {
        const std::int64_t from = pad_offset(j, z, y, x);
        if (from >= 0) j.dx[plane * in_points + from] += j.dy[plane * out_points + p];
      });
  });
}

FNO_INSTANTIATE(MaxPool);
FNO_INSTANTIATE(MaxPoolBackward);
FNO_INSTANTIATE(Upsample);
FNO_INSTANTIATE(UpsampleBackward);
FNO_INSTANTIATE(Pad);
FNO_INSTANTIATE(PadBackward);

}  // namespace fno::cpu
