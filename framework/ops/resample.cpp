#include "framework/ops/resample.h"

#include <algorithm>

#include "framework/ops/grid.h"

namespace fno {
namespace {

// The same number on every axis that the tensor has, `neutral` on the padded ones.
Extents on_grid(const Shape& shape, int value, int neutral) {
  Extents e{neutral, neutral, neutral};
  for (std::size_t axis = static_cast<std::size_t>(5 - shape.rank()); axis < kGridAxes; ++axis) e[axis] = value;
  return e;
}

void fill(int to[], const Extents& from) { std::copy(from.begin(), from.end(), to); }

}  // namespace

Var max_pool(const Var& x, int window) {
  const Extents grid = grid_of("max_pool", x.shape()), windows = on_grid(x.shape(), window, 1);
  require<ErrorKind::config>(window >= 1, "max_pool: a window of ", window);
  Extents out{};
  for (std::size_t axis = 0; axis < kGridAxes; ++axis) out[axis] = grid[axis] / windows[axis];
  require<ErrorKind::config>(points_of(out) > 0, "max_pool: a window of ", window, " on ", x.shape());
  const Tensor y(with_grid(x.shape(0), x.shape(1), out, x.shape()), x.dtype(), x.device());
  const Tensor from(y.shape(), Dtype::int32, x.device());
  const std::int64_t planes = x.shape(0) * x.shape(1);
  const Shape full = x.shape();
  return with_real(x.dtype(), [&]<class T>(T) {
    MaxPool<T> job{.x = x.value().data<T>(),
                   .y = y.data<T>(),
                   .from = from.data<std::int32_t>(),
                   .planes = planes,
                   .size = {},
                   .window = {}};
    fill(job.size, grid);
    fill(job.window, windows);
    x.device().run(job);
    return record(y, {x}, [=](const Tensor& dy, const Grads& grads) {
      const Tensor dx(full, dy.dtype(), dy.device());
      MaxPoolBackward<T> back{.dy = dy.data<T>(),
                              .from = from.data<std::int32_t>(),
                              .dx = dx.data<T>(),
                              .planes = planes,
                              .size = {},
                              .window = {}};
      fill(back.size, grid);
      fill(back.window, windows);
      dy.device().run(back);
      grads.add(0, dx);
    });
  });
}

Var upsample_nearest(const Var& x, int factor) {
  const Extents grid = grid_of("upsample_nearest", x.shape()), factors = on_grid(x.shape(), factor, 1);
  require<ErrorKind::config>(factor >= 1, "upsample_nearest: a factor of ", factor);
  Extents out{};
  for (std::size_t axis = 0; axis < kGridAxes; ++axis) out[axis] = grid[axis] * factors[axis];
  const Tensor y(with_grid(x.shape(0), x.shape(1), out, x.shape()), x.dtype(), x.device());
  const std::int64_t planes = x.shape(0) * x.shape(1);
  const Shape full = x.shape();
  return with_real(x.dtype(), [&]<class T>(T) {
    Upsample<T> job{.x = x.value().data<T>(), .y = y.data<T>(), .planes = planes, .size = {}, .factor = {}};
    fill(job.size, grid);
    fill(job.factor, factors);
    x.device().run(job);
    return record(y, {x}, [=](const Tensor& dy, const Grads& grads) {
      const Tensor dx(full, dy.dtype(), dy.device());
      UpsampleBackward<T> back{.dy = dy.data<T>(), .dx = dx.data<T>(), .planes = planes, .size = {}, .factor = {}};
      fill(back.size, grid);
      fill(back.factor, factors);
      dy.device().run(back);
      grads.add(0, dx);
    });
  });
}

Var pad(const Var& x, int before, int after, PadMode mode) {
  return pad(x, on_grid(x.shape(), before, 0), on_grid(x.shape(), after, 0), mode);
}

Var pad(const Var& x, const Extents& low, const Extents& high, PadMode mode) {
  const Extents grid = grid_of("pad", x.shape());
  Extents out{};
  for (std::size_t axis = 0; axis < kGridAxes; ++axis) {
    require<ErrorKind::config>(low[axis] >= 0 && high[axis] >= 0, "pad: ", low[axis], " before and ", high[axis],
                               " after");
    out[axis] = low[axis] + grid[axis] + high[axis];
    require<ErrorKind::config>(mode == PadMode::zero || std::max(low[axis], high[axis]) < grid[axis],
                               "pad: reflecting ", std::max(low[axis], high[axis]), " points of an axis with ",
                               grid[axis]);
  }
  const Tensor y(with_grid(x.shape(0), x.shape(1), out, x.shape()), x.dtype(), x.device());
  const std::int64_t planes = x.shape(0) * x.shape(1);
  const Shape full = x.shape();
  return with_real(x.dtype(), [&]<class T>(T) {
    Pad<T> job{.x = x.value().data<T>(),
               .y = y.data<T>(),
               .planes = planes,
               .size = {},
               .before = {},
               .after = {},
               .mode = mode};
    fill(job.size, grid);
    fill(job.before, low);
    fill(job.after, high);
    x.device().run(job);
    return record(y, {x}, [=](const Tensor& dy, const Grads& grads) {
      const Tensor dx(full, dy.dtype(), dy.device());
      PadBackward<T> back{.dy = dy.data<T>(),
                          .dx = dx.data<T>(),
                          .planes = planes,
                          .size = {},
                          .before = {},
                          .after = {},
                          .mode = mode};
      fill(back.size, grid);
      fill(back.before, low);
      fill(back.after, high);
      dy.device().run(back);
      grads.add(0, dx);
    });
  });
}

}  // namespace fno
