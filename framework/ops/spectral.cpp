#include "framework/ops/spectral.h"

#include "framework/ops/conv.h"
#include "framework/ops/elementwise.h"
#include "framework/ops/grid.h"

namespace fno {
namespace {

// Everything about one call, checked once.
struct Plan {
  std::shared_ptr<const ModeSet> modes;
  int batch, in, out;
  double inverse_scale;  // 1/points of the period
  Shape x_shape, y_shape;
};

Plan checked_plan(const char* op, const Var& x, const Var& weight, const std::shared_ptr<const ModeSet>& modes) {
  const Extents grid = grid_of(op, x.shape());
  require<ErrorKind::device>(x.device() == weight.device(), op, ": tensors on different devices: ", x.value(), " and ",
                             weight.value());
  require<ErrorKind::config>(!is_complex(x.dtype()) && weight.dtype() == complex_of(x.dtype()), op,
                             ": a real x and complex weights of its precision are needed, not ", x.value(), " and ",
                             weight.value());
  require<ErrorKind::config>(grid == modes->size, op, ": the modes were made for a grid of ", modes->size[0], " x ",
                             modes->size[1], " x ", modes->size[2], ", x is ", x.shape());
  require<ErrorKind::config>(
      weight.shape().rank() == 3 && weight.shape(0) == modes->weight_modes && weight.shape(1) == x.shape(1), op,
      ": weight ", weight.shape(), ", needed is (", modes->weight_modes, ", ", x.shape(1), ", out)");
  const std::int64_t out = weight.shape(2);
  return {.modes = modes,
          .batch = static_cast<int>(x.shape(0)),
          .in = static_cast<int>(x.shape(1)),
          .out = static_cast<int>(out),
          .inverse_scale = 1.0 / static_cast<double>(modes->period_points()),
          .x_shape = x.shape(),
          .y_shape = with_grid(x.shape(0), out, grid, x.shape())};
}

// (n, B, channels) of x; `weighted` with the inverse's scale is the adjoint of the inverse transform.
template <class T>
Tensor analyse(const Plan& plan, const Tensor& x, int channels, double scale, bool weighted) {
  Tensor x_hat(Shape{plan.modes->count(), plan.batch, channels}, complex_of(x.dtype()), x.device());
  x.device().run(Analyse<T>{.modes = plan.modes.get(),
                            .x = x.data<T>(),
                            .x_hat = x_hat.data<Complex<T>>(),
                            .batch = plan.batch,
                            .channels = channels,
                            .scale = static_cast<T>(scale),
                            .weighted = weighted});
  return x_hat;
}

template <class T>
void synthesise(const Plan& plan, const Tensor& y_hat, const Tensor& y, int channels, double scale, bool weighted,
                bool accumulate) {
  y.device().run(Synthesise<T>{.modes = plan.modes.get(),
                               .y_hat = y_hat.data<Complex<T>>(),
                               .y = y.data<T>(),
                               .batch = plan.batch,
                               .channels = channels,
                               .scale = static_cast<T>(scale),
                               .weighted = weighted,
                               .accumulate = accumulate});
}

// Adds or writes the spectral convolution into y and returns the kept modes of x.
template <class T>
Tensor forward(const Plan& plan, const Tensor& x, const Tensor& w, const Tensor& y, bool accumulate) {
  const Tensor x_hat = analyse<T>(plan, x, plan.in, 1.0, false);
  const Tensor y_hat(Shape{plan.modes->count(), plan.batch, plan.out}, w.dtype(), w.device());
  x.device().run(MixChannels<T>{.modes = plan.modes.get(),
                                .x = x_hat.data<Complex<T>>(),
                                .w = w.data<Complex<T>>(),
                                .y = y_hat.data<Complex<T>>(),
                                .batch = plan.batch,
                                .in = plan.in,
                                .out = plan.out});
  synthesise<T>(plan, y_hat, y, plan.out, plan.inverse_scale, true, accumulate);
  return x_hat;
}

// dx (added or written; undefined if not wanted) and dw (null if not wanted) of the spectral convolution.
template <class T>
void backward_into(const Plan& plan, const Tensor& x_hat, const Tensor& w, const Tensor& dy, const Tensor& dx,
                   bool accumulate, Tensor* dw) {
  const Device device = dy.device();
  const Tensor dy_hat = analyse<T>(plan, dy, plan.out, plan.inverse_scale, true);
  if (dw) {
    *dw = Tensor(w.shape(), w.dtype(), device);
    device.run(MixWeightGrad<T>{.modes = plan.modes.get(),
                                .x = x_hat.data<Complex<T>>(),
                                .dy = dy_hat.data<Complex<T>>(),
                                .dw = dw->data<Complex<T>>(),
                                .batch = plan.batch,
                                .in = plan.in,
                                .out = plan.out});
  }
  if (!dx.defined()) return;
  const Tensor dx_hat(Shape{plan.modes->count(), plan.batch, plan.in}, w.dtype(), device);
  device.run(MixInputGrad<T>{.modes = plan.modes.get(),
                             .dy = dy_hat.data<Complex<T>>(),
                             .w = w.data<Complex<T>>(),
                             .dx = dx_hat.data<Complex<T>>(),
                             .batch = plan.batch,
                             .in = plan.in,
                             .out = plan.out});
  synthesise<T>(plan, dx_hat, dx, plan.in, 1.0, false, accumulate);
}

}  // namespace

Var spectral_conv(const Var& x, const Var& weight, const std::shared_ptr<const ModeSet>& modes) {
  const Plan plan = checked_plan("spectral_conv", x, weight, modes);
  return with_real(x.dtype(), [&]<class T>(T) {
    const Tensor y(plan.y_shape, x.dtype(), x.device()), w = weight.value();
    const Tensor x_hat = forward<T>(plan, x.value(), w, y, false);
    return record(y, {x, weight}, [plan, x_hat, w](const Tensor& dy, const Grads& grads) {
      const Tensor dx = grads.wants(0) ? Tensor(plan.x_shape, dy.dtype(), dy.device()) : Tensor();
      Tensor dw;
      backward_into<T>(plan, x_hat, w, dy, dx, false, grads.wants(1) ? &dw : nullptr);
      if (dx.defined()) grads.add(0, dx);
      if (dw.defined()) grads.add(1, dw);
    });
  });
}

Var fourier_layer(const Var& x, const Var& weight, const Var& conv_weight, const Var& bias,
                  const std::shared_ptr<const ModeSet>& modes) {
  const Plan plan = checked_plan("fourier_layer", x, weight, modes);
  require_alike("fourier_layer", x, conv_weight);
  require_alike("fourier_layer", x, bias);
  const auto kernel = static_cast<int>(conv_weight.shape(conv_weight.shape().rank() - 1));
  require<ErrorKind::config>(kernel % 2 == 1, "fourier_layer: a kernel of ", kernel,
                             " points; an odd one keeps the grid");
  const ConvGeometry g =
      conv_geometry("fourier_layer", x.shape(), conv_weight.shape(), {.stride = 1, .padding = kernel / 2});
  require<ErrorKind::config>(g.out == plan.out && bias.shape() == Shape{plan.out}, "fourier_layer: convolution ",
                             conv_weight.shape(), " and bias ", bias.shape(), " beside ", plan.out,
                             " spectral channels");
  return with_real(x.dtype(), [&]<class T>(T) {
    const Tensor y(plan.y_shape, x.dtype(), x.device()), xv = x.value(), w = weight.value(), k = conv_weight.value();
    x.device().run(
        Conv<T>{.g = g, .x = xv.data<T>(), .w = k.data<T>(), .bias = bias.value().data<T>(), .y = y.data<T>()});
    const Tensor x_hat = forward<T>(plan, xv, w, y, true);
    return record(y, {x, weight, conv_weight, bias}, [plan, g, xv, x_hat, w, k](const Tensor& dy, const Grads& grads) {
      const Device device = dy.device();
      Tensor dx, dw;
      if (grads.wants(0)) {
        dx = Tensor(plan.x_shape, dy.dtype(), device);
        device.run(ConvInputGrad<T>{.g = g, .dy = dy.data<T>(), .w = k.data<T>(), .bias = nullptr, .dx = dx.data<T>()});
      }
      backward_into<T>(plan, x_hat, w, dy, dx, true, grads.wants(1) ? &dw : nullptr);
      if (dx.defined()) grads.add(0, dx);
      if (dw.defined()) grads.add(1, dw);
      if (grads.wants(2)) {
        const Tensor dk(k.shape(), k.dtype(), device);
        device.run(ConvWeightGrad<T>{.g = g, .x = xv.data<T>(), .dy = dy.data<T>(), .dw = dk.data<T>()});
        grads.add(2, dk);
      }
      if (grads.wants(3)) grads.add(3, channel_sum(dy));
    });
  });
}

}  // namespace fno
