#include "framework/ops/conv.h"

#include "framework/ops/elementwise.h"
#include "framework/ops/grid.h"

namespace fno {
namespace {

void require_bias(const char* op, const Var& x, const Var& bias, std::int64_t channels) {
  if (!bias.defined()) return;
  require_alike(op, x, bias);
  require<ErrorKind::config>(bias.shape() == Shape{channels}, op, ": bias ", bias.shape(), " for ", channels,
                             " channels");
}

template <class T>
const T* data_or_null(const Var& v) {
  return v.defined() ? v.value().data<T>() : nullptr;
}

Tensor run_conv(const ConvGeometry& g, const Tensor& x, const Tensor& w, const Var& bias, Shape result) {
  Tensor y(std::move(result), x.dtype(), x.device());
  with_real(x.dtype(), [&]<class T>(T) {
    x.device().run(
        Conv<T>{.g = g, .x = x.data<T>(), .w = w.data<T>(), .bias = data_or_null<T>(bias), .y = y.data<T>()});
  });
  return y;
}

Tensor run_input_grad(const ConvGeometry& g, const Tensor& dy, const Tensor& w, const Var& bias, Shape result) {
  Tensor dx(std::move(result), dy.dtype(), dy.device());
  with_real(dy.dtype(), [&]<class T>(T) {
    dy.device().run(ConvInputGrad<T>{
        .g = g, .dy = dy.data<T>(), .w = w.data<T>(), .bias = data_or_null<T>(bias), .dx = dx.data<T>()});
  });
  return dx;
}

Tensor run_weight_grad(const ConvGeometry& g, const Tensor& x, const Tensor& dy, Shape result) {
  Tensor dw(std::move(result), x.dtype(), x.device());
  with_real(x.dtype(), [&]<class T>(T) {
    x.device().run(ConvWeightGrad<T>{.g = g, .x = x.data<T>(), .dy = dy.data<T>(), .dw = dw.data<T>()});
  });
  return dw;
}

std::vector<Var> with_bias(const Var& x, const Var& weight, const Var& bias) {
  return bias.defined() ? std::vector<Var>{x, weight, bias} : std::vector<Var>{x, weight};
}

}  // namespace

ConvGeometry conv_geometry(const char* op, const Shape& x, const Shape& weight, ConvOptions options) {
  const Extents grid = grid_of(op, x);
  require<ErrorKind::config>(weight.rank() == x.rank() && weight[1] == x[1], op, ": weight ", weight, " for x ", x,
                             "; (out, in, kernel…) with in = ", x[1], " is needed");
  require<ErrorKind::config>(options.stride >= 1 && options.padding >= 0, op, ": stride ", options.stride, ", padding ",
                             options.padding);
  ConvGeometry g{.batch = static_cast<int>(x[0]),
                 .in = static_cast<int>(x[1]),
                 .out = static_cast<int>(weight[0]),
                 .size = {},
                 .kernel = {},
                 .stride = {},
                 .padding = {},
                 .out_size = {}};
  const Extents kernel = grid_of(op, weight);
  for (std::size_t axis = 0; axis < kGridAxes; ++axis) {
    const bool used = static_cast<int>(axis) >= 5 - x.rank();
    g.size[axis] = grid[axis];
    g.kernel[axis] = kernel[axis];
    g.stride[axis] = used ? options.stride : 1;
    g.padding[axis] = used ? options.padding : 0;
    const int room = g.size[axis] + 2 * g.padding[axis] - g.kernel[axis];
    require<ErrorKind::config>(room >= 0, op, ": a kernel of ", g.kernel[axis], " on ", g.size[axis],
                               " points with padding ", g.padding[axis]);
    g.out_size[axis] = room / g.stride[axis] + 1;
  }
  return g;
}

Tensor channel_sum(const Tensor& dy) {
  Tensor sum(Shape{dy.shape(1)}, dy.dtype(), dy.device());
  with_real(dy.dtype(), [&]<class T>(T) {
    dy.device().run(ChannelSum<T>{.x = dy.data<T>(),
                                  .sum = sum.data<T>(),
                                  .batch = static_cast<int>(dy.shape(0)),
                                  .channels = static_cast<int>(dy.shape(1)),
                                  .points = dy.shape().product(2, dy.rank())});
  });
  return sum;
}

Var conv(const Var& x, const Var& weight, const Var& bias, ConvOptions options) {
  require_alike("conv", x, weight);
  const ConvGeometry g = conv_geometry("conv", x.shape(), weight.shape(), options);
  require_bias("conv", x, bias, g.out);
  const Tensor xv = x.value(), wv = weight.value();
  const Shape result = with_grid(g.batch, g.out, {g.out_size[0], g.out_size[1], g.out_size[2]}, x.shape());
  return record(run_conv(g, xv, wv, bias, result), with_bias(x, weight, bias),
                [g, xv, wv](const Tensor& dy, const Grads& grads) {
                  if (grads.wants(0)) grads.add(0, run_input_grad(g, dy, wv, Var(), xv.shape()));
                  if (grads.wants(1)) grads.add(1, run_weight_grad(g, xv, dy, wv.shape()));
                  if (grads.wants(2)) grads.add(2, channel_sum(dy));
                });
}

Var pointwise_mlp(const Var& x, const Var& w1, const Var& b1, const Var& w2, const Var& b2) {
  for (const Var& v : {w1, b1, w2, b2}) {
    require<ErrorKind::config>(v.defined(), "pointwise_mlp: two kernels and two biases are needed");
    require_alike("pointwise_mlp", x, v);
  }
  const ConvGeometry first = conv_geometry("pointwise_mlp", x.shape(), w1.shape(), {});
  const Extents grid{first.size[0], first.size[1], first.size[2]};
  const Shape hidden = with_grid(first.batch, first.out, grid, x.shape());
  const ConvGeometry second = conv_geometry("pointwise_mlp", hidden, w2.shape(), {});
  require<ErrorKind::config>(first.taps() == 1 && second.taps() == 1,
                             "pointwise_mlp: kernels of one point are needed, ", w1.shape(), " and ", w2.shape(),
                             " were given");
  require_bias("pointwise_mlp", x, b1, first.out);
  require_bias("pointwise_mlp", x, b2, second.out);
  return with_real(x.dtype(), [&]<class T>(T) {
    const Tensor xv = x.value(), v1 = w1.value(), c1 = b1.value(), v2 = w2.value(), c2 = b2.value();
    const Tensor y(with_grid(first.batch, second.out, grid, x.shape()), x.dtype(), x.device());
    const auto job = [=](const Tensor& to) {
      return PointwiseMlp<T>{.x = xv.data<T>(),
                             .w1 = v1.data<T>(),
                             .b1 = c1.data<T>(),
                             .w2 = v2.data<T>(),
                             .b2 = c2.data<T>(),
                             .y = to.defined() ? to.data<T>() : nullptr,
                             .batch = first.batch,
                             .in = first.in,
                             .hidden = first.out,
                             .out = second.out,
                             .points = first.points()};
    };
    x.device().run(job(y));
    return record(y, {x, w1, b1, w2, b2}, [job, xv, v1, c1, v2, c2](const Tensor& dy, const Grads& grads) {
      const auto like = [](const Tensor& t) { return Tensor(t.shape(), t.dtype(), t.device()); };
      const Tensor dx = grads.wants(0) ? like(xv) : Tensor();
      const Tensor dw1 = like(v1), db1 = like(c1), dw2 = like(v2), db2 = like(c2);
      dy.device().run(PointwiseMlpGrad<T>{.forward = job(Tensor()),
                                          .dy = dy.data<T>(),
                                          .dx = dx.defined() ? dx.data<T>() : nullptr,
                                          .dw1 = dw1.data<T>(),
                                          .db1 = db1.data<T>(),
                                          .dw2 = dw2.data<T>(),
                                          .db2 = db2.data<T>()});
      const Tensor all[] = {dx, dw1, db1, dw2, db2};
      for (std::size_t i = 0; i < std::size(all); ++i)
        if (grads.wants(i)) grads.add(i, all[i]);
    });
  });
}

Var conv_transpose(const Var& x, const Var& weight, const Var& bias, ConvOptions options) {
  require_alike("conv_transpose", x, weight);
  require<ErrorKind::config>(weight.shape().rank() == x.shape().rank() && weight.shape(0) == x.shape(1),
                             "conv_transpose: weight ", weight.shape(), " for x ", x.shape(),
                             "; (in, out, kernel…) with in = ", x.shape(1), " is needed");
  require<ErrorKind::config>(
      options.stride >= 1 && options.output_padding >= 0 && options.output_padding < options.stride,
      "conv_transpose: output padding ", options.output_padding, " with stride ", options.stride);
  // The geometry of the convolution whose adjoint this is: from the large grid (Co channels) to that of x.
  const Extents small = grid_of("conv_transpose", x.shape()), kernel = grid_of("conv_transpose", weight.shape());
  Extents large{1, 1, 1};
  for (std::size_t axis = static_cast<std::size_t>(5 - x.shape().rank()); axis < kGridAxes; ++axis) {
    large[axis] = (small[axis] - 1) * options.stride - 2 * options.padding + kernel[axis] + options.output_padding;
    require<ErrorKind::config>(large[axis] >= 1, "conv_transpose: nothing is left of axis with ", small[axis],
                               " points");
  }
  const Shape result = with_grid(x.shape(0), weight.shape(1), large, x.shape());
  const ConvGeometry g = conv_geometry("conv_transpose", result, weight.shape(), options);
  require_bias("conv_transpose", x, bias, g.in);
  const Tensor xv = x.value(), wv = weight.value();
  return record(run_input_grad(g, xv, wv, bias, result), with_bias(x, weight, bias),
                [g, xv, wv](const Tensor& dy, const Grads& grads) {
                  if (grads.wants(0)) grads.add(0, run_conv(g, dy, wv, Var(), xv.shape()));
                  if (grads.wants(1)) grads.add(1, run_weight_grad(g, dy, xv, wv.shape()));
                  if (grads.wants(2)) grads.add(2, channel_sum(dy));
                });
}

}  // namespace fno
