#include "framework/ops/fourier.h"

#include "framework/ops/grid.h"

namespace fno {
namespace {

std::int64_t planes_of(const Shape& shape) { return shape[0] * shape[1]; }

Tensor run_rfft(const Tensor& x, const Extents& grid, double scale, bool weighted) {
  Shape shape = x.shape();
  shape[shape.rank() - 1] = grid[2] / 2 + 1;
  Tensor x_hat(shape, complex_of(x.dtype()), x.device());
  with_real(x.dtype(), [&]<class T>(T) {
    x.device().run(Rfft<T>{.x = x.data<T>(),
                           .x_hat = x_hat.data<Complex<T>>(),
                           .planes = planes_of(shape),
                           .size = {grid[0], grid[1], grid[2]},
                           .scale = static_cast<T>(scale),
                           .weighted = weighted});
  });
  return x_hat;
}

Tensor run_irfft(const Tensor& x_hat, const Extents& grid, double scale, bool weighted) {
  Shape shape = x_hat.shape();
  shape[shape.rank() - 1] = grid[2];
  Tensor x(shape, real_of(x_hat.dtype()), x_hat.device());
  with_real(x.dtype(), [&]<class T>(T) {
    x.device().run(Irfft<T>{.x_hat = x_hat.data<Complex<T>>(),
                            .x = x.data<T>(),
                            .planes = planes_of(shape),
                            .size = {grid[0], grid[1], grid[2]},
                            .scale = static_cast<T>(scale),
                            .weighted = weighted});
  });
  return x;
}

Tensor run_fft(const Tensor& x, const Extents& grid, double scale, bool inverse) {
  Tensor y(x.shape(), x.dtype(), x.device());
  with_real(x.dtype(), [&]<class T>(T) {
    x.device().run(Fft<T>{.x = x.data<Complex<T>>(),
                          .y = y.data<Complex<T>>(),
                          .planes = planes_of(x.shape()),
                          .size = {grid[0], grid[1], grid[2]},
                          .scale = static_cast<T>(scale),
                          .inverse = inverse});
  });
  return y;
}

Var complex_transform(const char* op, const Var& x, bool inverse) {
  require<ErrorKind::config>(is_complex(x.dtype()), op, ": a complex tensor is needed, not ", x.value());
  const Extents grid = grid_of(op, x.shape());
  const double scale = inverse ? 1.0 / static_cast<double>(points_of(grid)) : 1.0;
  // The adjoint of exp(-iθ) is exp(+iθ), with the same scale.
  return record(run_fft(x.value(), grid, scale, inverse), {x},
                [grid, scale, inverse](const Tensor& dy, const Grads& grads) {
                  grads.add(0, run_fft(dy, grid, scale, !inverse));
                });
}

}  // namespace

Var rfft(const Var& x) {
  require<ErrorKind::config>(!is_complex(x.dtype()), "rfft: a real tensor is needed, not ", x.value());
  const Extents grid = grid_of("rfft", x.shape());
  return record(run_rfft(x.value(), grid, 1.0, false), {x},
                [grid](const Tensor& dy, const Grads& grads) { grads.add(0, run_irfft(dy, grid, 1.0, false)); });
}

Var irfft(const Var& x_hat, int last) {
  require<ErrorKind::config>(is_complex(x_hat.dtype()), "irfft: a complex tensor is needed, not ", x_hat.value());
  Extents grid = grid_of("irfft", x_hat.shape());
  require<ErrorKind::config>(last >= 1 && grid[2] == last / 2 + 1, "irfft: ", grid[2], " columns for ", last,
                             " points, ", last / 2 + 1, " are needed");
  grid[2] = last;
  const double scale = 1.0 / static_cast<double>(points_of(grid));
  return record(run_irfft(x_hat.value(), grid, scale, true), {x_hat},
                [grid, scale](const Tensor& dy, const Grads& grads) { grads.add(0, run_rfft(dy, grid, scale, true)); });
}

Var fft(const Var& x) { return complex_transform("fft", x, false); }
Var ifft(const Var& x) { return complex_transform("ifft", x, true); }

}  // namespace fno
