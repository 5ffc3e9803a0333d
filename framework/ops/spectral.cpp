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

template <class T>
Analyse<T> analysis_of(const Plan& plan, const Tensor& x, const Tensor& x_hat, int channels, double scale,
                       bool weighted) {
  return {.modes = plan.modes.get(),
          .x = x.data<T>(),
          .x_hat = x_hat.data<Complex<T>>(),
          .batch = plan.batch,
          .channels = channels,
          .scale = static_cast<T>(scale),
          .weighted = weighted};
}

template <class T>
Synthesise<T> synthesis_of(const Plan& plan, const Tensor& y_hat, const Tensor& y, int channels, double scale,
                           bool weighted, bool accumulate) {
  return {.modes = plan.modes.get(),
          .y_hat = y_hat.data<Complex<T>>(),
          .y = y.data<T>(),
          .batch = plan.batch,
          .channels = channels,
          .scale = static_cast<T>(scale),
          .weighted = weighted,
          .accumulate = accumulate};
}

Tensor spectrum(const Plan& plan, int channels, const Tensor& x) {
  return Tensor(Shape{plan.modes->count(), plan.batch, channels}, complex_of(x.dtype()), x.device());
}

// (n, B, channels) of x; `weighted` with the inverse's scale is the adjoint of the inverse transform.
template <class T>
Tensor analyse(const Plan& plan, const Tensor& x, int channels, double scale, bool weighted) {
  Tensor x_hat = spectrum(plan, channels, x);
  x.device().run(analysis_of<T>(plan, x, x_hat, channels, scale, weighted));
  return x_hat;
}

// Kept modes of x, and what the weights make of them.
template <class T>
struct Mixed {
  Tensor x_hat, y_hat;
};
template <class T>
Mixed<T> mix(const Plan& plan, const Tensor& x, const Tensor& w) {
  const Tensor x_hat = analyse<T>(plan, x, plan.in, 1.0, false);
  const Tensor y_hat(Shape{plan.modes->count(), plan.batch, plan.out}, w.dtype(), w.device());
  x.device().run(MixChannels<T>{.modes = plan.modes.get(),
                                .x = x_hat.data<Complex<T>>(),
                                .w = w.data<Complex<T>>(),
                                .y = y_hat.data<Complex<T>>(),
                                .batch = plan.batch,
                                .in = plan.in,
                                .out = plan.out});
  return {x_hat, y_hat};
}

// From the coefficients of dy: dx_hat (undefined if not wanted) and the gradient of the weights (if wanted).
template <class T>
Tensor mix_backward(const Plan& plan, const Tensor& x_hat, const Tensor& w, const Tensor& dy_hat, bool wants_dx,
                    Tensor* dw) {
  const Device device = w.device();
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
  if (!wants_dx) return {};
  const Tensor dx_hat(Shape{plan.modes->count(), plan.batch, plan.in}, w.dtype(), device);
  device.run(MixInputGrad<T>{.modes = plan.modes.get(),
                             .dy = dy_hat.data<Complex<T>>(),
                             .w = w.data<Complex<T>>(),
                             .dx = dx_hat.data<Complex<T>>(),
                             .batch = plan.batch,
                             .in = plan.in,
                             .out = plan.out});
  return dx_hat;
}

}  // namespace

Var spectral_conv(const Var& x, const Var& weight, const std::shared_ptr<const ModeSet>& modes) {
  const Plan plan = checked_plan("spectral_conv", x, weight, modes);
  return with_real(x.dtype(), [&]<class T>(T) {
    const Tensor y(plan.y_shape, x.dtype(), x.device()), w = weight.value();
    const auto [x_hat, y_hat] = mix<T>(plan, x.value(), w);
    x.device().run(synthesis_of<T>(plan, y_hat, y, plan.out, plan.inverse_scale, true, false));
    return record(y, {x, weight}, [plan, x_hat = x_hat, w](const Tensor& dy, const Grads& grads) {
      Tensor dw;
      const Tensor dy_hat = analyse<T>(plan, dy, plan.out, plan.inverse_scale, true);
      const Tensor dx_hat = mix_backward<T>(plan, x_hat, w, dy_hat, grads.wants(0), grads.wants(1) ? &dw : nullptr);
      if (dx_hat.defined()) {
        const Tensor dx(plan.x_shape, dy.dtype(), dy.device());
        dy.device().run(synthesis_of<T>(plan, dx_hat, dx, plan.in, 1.0, false, false));
        grads.add(0, dx);
      }
      if (dw.defined()) grads.add(1, dw);
    });
  });
}

namespace {

ActivatedLayer layer(const Var& x, const Var& weight, const Var& conv_weight, const Var& bias,
                     const std::shared_ptr<const ModeSet>& modes, bool activate) {
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
    const Tensor z(plan.y_shape, x.dtype(), x.device()), xv = x.value(), w = weight.value(), k = conv_weight.value();
    const Tensor y = activate ? Tensor(plan.y_shape, x.dtype(), x.device()) : z;
    const auto [x_hat, y_hat] = mix<T>(plan, xv, w);
    x.device().run(FourierOutput<T>{
        .local = {.g = g, .x = xv.data<T>(), .w = k.data<T>(), .bias = bias.value().data<T>(), .y = z.data<T>()},
        .spectral = synthesis_of<T>(plan, y_hat, z, plan.out, plan.inverse_scale, true, true),
        .activated = activate ? y.data<T>() : nullptr});
    const Var out = record(
        y, {x, weight, conv_weight, bias},
        [plan, g, xv, x_hat = x_hat, w, k, activate, z = activate ? z : Tensor()](const Tensor& dy,
                                                                                  const Grads& grads) {
          const Device device = dy.device();
          const Tensor dz = activate ? Tensor(dy.shape(), dy.dtype(), device) : dy;
          const Tensor dz_hat = spectrum(plan, plan.out, dy);
          const Tensor db = grads.wants(3) ? Tensor(Shape{plan.out}, dy.dtype(), device) : Tensor();
          const Tensor dk = grads.wants(2) ? Tensor(k.shape(), k.dtype(), device) : Tensor();
          ConvWeightGrad<T> local{
              .g = g, .x = xv.data<T>(), .dy = dz.data<T>(), .dw = dk.defined() ? dk.data<T>() : nullptr};
          // A wide kernel's has passes of its own, whatever it runs beside.
          const bool wide = dk.defined() && g.taps() > 1;
          if (wide) local.dw = nullptr;
          device.run(
              FourierOutputGrad<T>{.activation = {.op = UnaryOp::gelu,
                                                  .x = activate ? z.data<T>() : nullptr,
                                                  .dy = dy.data<T>(),
                                                  .dx = activate ? dz.data<T>() : nullptr,
                                                  .n = dy.size()},
                                   .spectral = analysis_of<T>(plan, dz, dz_hat, plan.out, plan.inverse_scale, true),
                                   .bias = {.x = dz.data<T>(),
                                            .sum = db.defined() ? db.data<T>() : nullptr,
                                            .batch = plan.batch,
                                            .channels = plan.out,
                                            .points = g.points()},
                                   .local = local});
          if (db.defined()) grads.add(3, db);
          Tensor dw;
          const Tensor dx_hat = mix_backward<T>(plan, x_hat, w, dz_hat, grads.wants(0), grads.wants(1) ? &dw : nullptr);
          if (dw.defined()) grads.add(1, dw);
          if (wide) {
            local.dw = dk.data<T>();
            device.run(local);
          }
          if (dk.defined()) grads.add(2, dk);
          if (!dx_hat.defined()) return;
          const Tensor dx(plan.x_shape, dy.dtype(), device);
          device.run(FourierInputGrad<T>{
              .local = {.g = g, .dy = dz.data<T>(), .w = k.data<T>(), .bias = nullptr, .dx = dx.data<T>()},
              .spectral = synthesis_of<T>(plan, dx_hat, dx, plan.in, 1.0, false, true)});
          grads.add(0, dx);
        });
    return ActivatedLayer{.z = activate ? Var(z) : out, .y = out};
  });
}

}  // namespace

Var fourier_layer(const Var& x, const Var& weight, const Var& conv_weight, const Var& bias,
                  const std::shared_ptr<const ModeSet>& modes) {
  return layer(x, weight, conv_weight, bias, modes, false).y;
}

ActivatedLayer fourier_layer_gelu(const Var& x, const Var& weight, const Var& conv_weight, const Var& bias,
                                  const std::shared_ptr<const ModeSet>& modes) {
  return layer(x, weight, conv_weight, bias, modes, true);
}

}  // namespace fno
