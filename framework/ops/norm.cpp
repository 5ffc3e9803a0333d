#include "framework/ops/norm.h"

#include "framework/ops/elementwise.h"
#include "framework/ops/grid.h"

namespace fno {
namespace {

struct NormInputs {
  const char* op;
  Var x, gamma, beta, gate, residual;  // all but x may be undefined
  bool gelu;
  double eps;
};

template <class T>
T* data_or_null(const Tensor& t) {
  return t.defined() ? t.data<T>() : nullptr;
}

Tensor value_of(const Var& v) { return v.defined() ? v.value() : Tensor(); }

Var norm(const NormInputs& in) {
  const Var& x = in.x;
  const Extents grid = grid_of(in.op, x.shape());
  require<ErrorKind::config>(points_of(grid) >= 2, in.op, ": InstanceNorm needs at least two points a plane, not ",
                             x.shape());
  const std::int64_t channels = x.shape(1);
  std::vector<Var> inputs{x};
  const auto add = [&](const Var& v, const Shape& shape, const char* name) {
    if (!v.defined()) return inputs.size();
    require_alike(in.op, x, v);
    require<ErrorKind::config>(v.shape() == shape, in.op, ": ", name, " ", v.shape(), ", ", shape, " is needed");
    inputs.push_back(v);
    return inputs.size() - 1;
  };
  constexpr std::size_t kNone = 99;
  const auto index = [&](const Var& v, const Shape& shape, const char* name) {
    return v.defined() ? add(v, shape, name) : kNone;
  };
  const std::size_t i_gamma = index(in.gamma, Shape{channels}, "gamma"),
                    i_beta = index(in.beta, Shape{channels}, "beta"), i_gate = index(in.gate, Shape{channels}, "gate"),
                    i_residual = index(in.residual, x.shape(), "residual");

  const Tensor xv = x.value(), gamma = value_of(in.gamma), beta = value_of(in.beta), gate = value_of(in.gate);
  Tensor y(x.shape(), x.dtype(), x.device());
  const Tensor mean(Shape{x.shape(0), channels}, x.dtype(), x.device()), rstd(mean.shape(), x.dtype(), x.device());
  const auto batch = static_cast<int>(x.shape(0));
  const std::int64_t points = points_of(grid);
  with_real(x.dtype(), [&]<class T>(T) {
    x.device().run(InstanceNorm<T>{.x = xv.data<T>(),
                                   .gamma = data_or_null<T>(gamma),
                                   .beta = data_or_null<T>(beta),
                                   .gate = data_or_null<T>(gate),
                                   .residual = data_or_null<T>(value_of(in.residual)),
                                   .y = y.data<T>(),
                                   .mean = mean.data<T>(),
                                   .rstd = rstd.data<T>(),
                                   .batch = batch,
                                   .channels = static_cast<int>(channels),
                                   .points = points,
                                   .eps = static_cast<T>(in.eps),
                                   .gelu = in.gelu});
  });
  const bool with_gelu = in.gelu;
  return record(std::move(y), std::move(inputs), [=](const Tensor& dy, const Grads& grads) {
    const auto wanted = [&](std::size_t i, const Tensor& like) {
      return grads.wants(i) ? Tensor(like.shape(), like.dtype(), like.device()) : Tensor();
    };
    const Tensor dx(xv.shape(), xv.dtype(), xv.device());
    const Tensor dgamma = wanted(i_gamma, gamma), dbeta = wanted(i_beta, beta), dgate = wanted(i_gate, gate);
    with_real(xv.dtype(), [&]<class T>(T) {
      xv.device().run(InstanceNormBackward<T>{.x = xv.data<T>(),
                                              .gamma = data_or_null<T>(gamma),
                                              .beta = data_or_null<T>(beta),
                                              .gate = data_or_null<T>(gate),
                                              .mean = mean.data<T>(),
                                              .rstd = rstd.data<T>(),
                                              .dy = dy.data<T>(),
                                              .dx = dx.data<T>(),
                                              .dgamma = data_or_null<T>(dgamma),
                                              .dbeta = data_or_null<T>(dbeta),
                                              .dgate = data_or_null<T>(dgate),
                                              .batch = batch,
                                              .channels = static_cast<int>(channels),
                                              .points = points,
                                              .gelu = with_gelu});
    });
    grads.add(0, dx);
    if (dgamma.defined()) grads.add(i_gamma, dgamma);
    if (dbeta.defined()) grads.add(i_beta, dbeta);
    if (dgate.defined()) grads.add(i_gate, dgate);
    if (grads.wants(i_residual)) grads.add(i_residual, dy);
  });
}

}  // namespace

Var instance_norm(const Var& x, const Var& gamma, const Var& beta, double eps) {
  return norm({.op = "instance_norm",
               .x = x,
               .gamma = gamma,
               .beta = beta,
               .gate = {},
               .residual = {},
               .gelu = false,
               .eps = eps});
}

Var gelu_norm_residual(const Var& z, const Var& residual, const Var& gamma, const Var& beta, const Var& gate,
                       double eps) {
  return norm({.op = "gelu_norm_residual",
               .x = z,
               .gamma = gamma,
               .beta = beta,
               .gate = gate,
               .residual = residual,
               .gelu = true,
               .eps = eps});
}

}  // namespace fno
