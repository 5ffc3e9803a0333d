#include "cuda/context.h"
#include "cuda/detail/each.cuh"
#include "framework/error.h"

// Every kernel here gathers: one thread an element of the result, so nothing is added by two threads, and sums run in
// the order of the points.
namespace fno::cuda::CU_TARGET {
namespace {

struct Grid {
  int z, y, x;
  __host__ __device__ std::int64_t points() const { return std::int64_t{z} * y * x; }
  __device__ std::int64_t offset(int at_z, int at_y, int at_x) const {
    return (std::int64_t{at_z} * y + at_y) * x + at_x;
  }
};

struct Point {
  std::int64_t plane;
  int z, y, x;
};

// The point with this index among planes of the grid.
__device__ __forceinline__ Point point_at(const Grid& grid, std::int64_t index) {
  const std::int64_t row = index / grid.x, slice = row / grid.y, plane = slice / grid.z;
  return {plane, static_cast<int>(slice - plane * grid.z), static_cast<int>(row - slice * grid.y),
          static_cast<int>(index - row * grid.x)};
}

// Reads x once, writes y and `from`: in 2x2 windows 24 bytes a window in float.
template <class T>
__global__ void max_pool_kernel(MaxPool<T> j, Grid in, Grid out) {
  for_each_index(j.planes * out.points(), [&](std::int64_t i) {
    const Point p = point_at(out, i);
    const T* x = j.x + p.plane * in.points();
    const int z = p.z * j.window[0], y = p.y * j.window[1], x0 = p.x * j.window[2];
    std::int64_t best = in.offset(z, y, x0);
    for (int dz = 0; dz < j.window[0]; ++dz)
      for (int dy = 0; dy < j.window[1]; ++dy)
        for (int dx = 0; dx < j.window[2]; ++dx) {
          const std::int64_t at = in.offset(z + dz, y + dy, x0 + dx);
          if (x[at] > x[best] || x[at] != x[at]) best = at;  // NaN wins, so that it shows
        }
    j.y[i] = x[best];
    j.from[i] = static_cast<std::int32_t>(best);
  });
}
CU_KERNEL(max_pool_kernel<float>);
CU_KERNEL(max_pool_kernel<double>);

// Windows don't overlap: a point has dy of its window if it won there, else 0. dy and `from` come from cache after
// their first use; dx is written once.
template <class T>
__global__ void max_pool_backward_kernel(MaxPoolBackward<T> j, Grid in, Grid out) {
  for_each_index(j.planes * in.points(), [&](std::int64_t i) {
    const Point p = point_at(in, i);
    const int z = p.z / j.window[0], y = p.y / j.window[1], x = p.x / j.window[2];
    T dx = 0;
    if (z < out.z && y < out.y && x < out.x) {
      const std::int64_t window = p.plane * out.points() + out.offset(z, y, x);
      if (j.from[window] == in.offset(p.z, p.y, p.x)) dx = j.dy[window];
    }
    j.dx[i] = dx;
  });
}
CU_KERNEL(max_pool_backward_kernel<float>);
CU_KERNEL(max_pool_backward_kernel<double>);

// Writes y once; x is read once and then comes from cache.
template <class T>
__global__ void upsample_kernel(Upsample<T> j, Grid in, Grid out) {
  for_each_index(j.planes * out.points(), [&](std::int64_t i) {
    const Point p = point_at(out, i);
    j.y[i] = j.x[p.plane * in.points() + in.offset(p.z / j.factor[0], p.y / j.factor[1], p.x / j.factor[2])];
  });
}
CU_KERNEL(upsample_kernel<float>);
CU_KERNEL(upsample_kernel<double>);

// Reads dy once, writes dx once; rows of a block are as wide as the factor, so lines are used whole across threads.
template <class T>
__global__ void upsample_backward_kernel(UpsampleBackward<T> j, Grid in, Grid out) {
  for_each_index(j.planes * in.points(), [&](std::int64_t i) {
    const Point p = point_at(in, i);
    const T* dy = j.dy + p.plane * out.points();
    T sum = 0;
    for (int dz = 0; dz < j.factor[0]; ++dz)
      for (int dy_row = 0; dy_row < j.factor[1]; ++dy_row)
        for (int dx = 0; dx < j.factor[2]; ++dx)
          sum += dy[out.offset(p.z * j.factor[0] + dz, p.y * j.factor[1] + dy_row, p.x * j.factor[2] + dx)];
    j.dx[i] = sum;
  });
}
CU_KERNEL(upsample_backward_kernel<float>);
CU_KERNEL(upsample_backward_kernel<double>);

// Where a point of a padded axis reads its input, or -1 for zero.
__device__ __forceinline__ int padded_source(int p, int before, int size, PadMode mode) {
  const int at = p - before;
  if (at >= 0 && at < size) return at;
  if (mode == PadMode::zero) return -1;
  return at < 0 ? -at : 2 * (size - 1) - at;
}

// Writes y once, reads x once; mirrored points come from cache.
template <class T>
__global__ void pad_kernel(Pad<T> j, Grid in, Grid out) {
  for_each_index(j.planes * out.points(), [&](std::int64_t i) {
    const Point p = point_at(out, i);
    const int z = padded_source(p.z, j.before[0], in.z, j.mode), y = padded_source(p.y, j.before[1], in.y, j.mode),
              x = padded_source(p.x, j.before[2], in.x, j.mode);
    j.y[i] = z < 0 || y < 0 || x < 0 ? T(0) : j.x[p.plane * in.points() + in.offset(z, y, x)];
  });
}
CU_KERNEL(pad_kernel<float>);
CU_KERNEL(pad_kernel<double>);

// The up to three points of a padded axis that read input point i, ascending: 0, its mirror in front; 1, itself; 2, its
// mirror behind. -1 where there is none.
__device__ __forceinline__ int reader_of(int i, int which, int before, int size, int after, PadMode mode) {
  if (which == 1) return before + i;
  if (mode == PadMode::zero) return -1;
  if (which == 0) return i >= 1 && i <= before ? before - i : -1;
  return i <= size - 2 && size - 1 - i <= after ? before + 2 * (size - 1) - i : -1;
}

// Reads dy once, writes dx once.
template <class T>
__global__ void pad_backward_kernel(PadBackward<T> j, Grid in, Grid out) {
  for_each_index(j.planes * in.points(), [&](std::int64_t i) {
    const Point p = point_at(in, i);
    const T* dy = j.dy + p.plane * out.points();
    T sum = 0;
    for (int a = 0; a < 3; ++a) {
      const int z = reader_of(p.z, a, j.before[0], in.z, j.after[0], j.mode);
      if (z < 0) continue;
      for (int b = 0; b < 3; ++b) {
        const int y = reader_of(p.y, b, j.before[1], in.y, j.after[1], j.mode);
        if (y < 0) continue;
        for (int c = 0; c < 3; ++c) {
          const int x = reader_of(p.x, c, j.before[2], in.x, j.after[2], j.mode);
          if (x >= 0) sum += dy[out.offset(z, y, x)];
        }
      }
    }
    j.dx[i] = sum;
  });
}
CU_KERNEL(pad_backward_kernel<float>);
CU_KERNEL(pad_backward_kernel<double>);

Grid grid_of(const int size[]) { return {size[0], size[1], size[2]}; }

Grid divided(const int size[], const int by[]) { return {size[0] / by[0], size[1] / by[1], size[2] / by[2]}; }

Grid multiplied(const int size[], const int by[]) { return {size[0] * by[0], size[1] * by[1], size[2] * by[2]}; }

template <class Job>
Grid padded(const Job& j) {
  return {j.before[0] + j.size[0] + j.after[0], j.before[1] + j.size[1] + j.after[1],
          j.before[2] + j.size[2] + j.after[2]};
}

}  // namespace

template <class T>
void execute(Context& context, const MaxPool<T>& j) {
  const Grid in = grid_of(j.size), out = divided(j.size, j.window);
  require<ErrorKind::config>(in.points() <= 0x7fffffff, "max_pool: a grid of ", in.points(),
                             " points; offsets of winners hold up to 2147483647");
  launch_each(context, j.planes * out.points(), max_pool_kernel<T>, j, in, out);
}

template <class T>
void execute(Context& context, const MaxPoolBackward<T>& j) {
  const Grid in = grid_of(j.size), out = divided(j.size, j.window);
  launch_each(context, j.planes * in.points(), max_pool_backward_kernel<T>, j, in, out);
}

template <class T>
void execute(Context& context, const Upsample<T>& j) {
  const Grid in = grid_of(j.size), out = multiplied(j.size, j.factor);
  launch_each(context, j.planes * out.points(), upsample_kernel<T>, j, in, out);
}

template <class T>
void execute(Context& context, const UpsampleBackward<T>& j) {
  const Grid in = grid_of(j.size), out = multiplied(j.size, j.factor);
  launch_each(context, j.planes * in.points(), upsample_backward_kernel<T>, j, in, out);
}

template <class T>
void execute(Context& context, const Pad<T>& j) {
  const Grid in = grid_of(j.size), out = padded(j);
  launch_each(context, j.planes * out.points(), pad_kernel<T>, j, in, out);
}

template <class T>
void execute(Context& context, const PadBackward<T>& j) {
  const Grid in = grid_of(j.size), out = padded(j);
  launch_each(context, j.planes * in.points(), pad_backward_kernel<T>, j, in, out);
}

FNO_INSTANTIATE(MaxPool);
FNO_INSTANTIATE(MaxPoolBackward);
FNO_INSTANTIATE(Upsample);
FNO_INSTANTIATE(UpsampleBackward);
FNO_INSTANTIATE(Pad);
FNO_INSTANTIATE(PadBackward);

}  // namespace fno::cuda::CU_TARGET
