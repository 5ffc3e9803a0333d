#include "framework/ops/elementwise.h"

#include <algorithm>

namespace fno {
namespace {

void require_real(const char* op, const Var& x) {
  require<ErrorKind::config>(!is_complex(x.dtype()), op, ": a real tensor is needed, not ", x.value());
}

struct Broadcasting {
  Shape shape;  // of the result
  std::int64_t a_stride[kMaxAxes]{}, b_stride[kMaxAxes]{};
};

Broadcasting broadcast(const Var& a, const Var& b) {
  Broadcasting r;
  const int rank = std::max(a.shape().rank(), b.shape().rank());
  for (int axis = 0; axis < rank; ++axis) r.shape.push_back(1);
  const auto place = [&](const Shape& s, std::int64_t* stride) {
    std::int64_t step = 1;
    for (int axis = s.rank() - 1; axis >= 0; step *= s[axis--]) {
      std::int64_t& extent = r.shape[axis + rank - s.rank()];
      require<ErrorKind::config>(s[axis] == extent || extent == 1 || s[axis] == 1, "broadcast: shapes ", a.shape(),
                                 " and ", b.shape(), " do not fit");
      if (s[axis] != 1) extent = s[axis];
      stride[axis + rank - s.rank()] = s[axis] == 1 ? 0 : step;
    }
  };
  place(a.shape(), r.a_stride);
  place(b.shape(), r.b_stride);
  return r;
}

template <class T>
Tensor run_binary(BinaryOp op, const Tensor& a, const Tensor& b, const Broadcasting& plan) {
  Tensor y(plan.shape, a.dtype(), a.device());
  Binary<T> job{.op = op,
                .a = a.data<T>(),
                .b = b.data<T>(),
                .y = y.data<T>(),
                .axes = 0,
                .size = {},
                .a_stride = {},
                .b_stride = {}};
  // Neighbouring axes that both operands walk in one step become one axis: longer runs.
  for (int axis = 0; axis < plan.shape.rank(); ++axis) {
    const std::int64_t n = plan.shape[axis], sa = plan.a_stride[axis], sb = plan.b_stride[axis];
    if (n == 1) continue;
    if (job.axes && job.a_stride[job.axes - 1] == sa * n && job.b_stride[job.axes - 1] == sb * n) {
      job.size[job.axes - 1] *= n;
    } else {
      job.size[job.axes++] = n;
    }
    job.a_stride[job.axes - 1] = sa;
    job.b_stride[job.axes - 1] = sb;
  }
  if (y.size() > 0) a.device().run(job);
  return y;
}

Tensor run_reduce(const Tensor& x, const std::vector<bool>& kept, Shape result, double scale) {
  Tensor y(std::move(result), x.dtype(), x.device());
  with_real(x.dtype(), [&]<class T>(T) {
    Reduce<T> job{.x = x.data<T>(), .y = y.data<T>(), .axes = x.rank(), .size = {}, .keep = {}, .scale = scale};
    for (int axis = 0; axis < x.rank(); ++axis) {
      job.size[axis] = x.shape(axis);
      job.keep[axis] = kept[static_cast<std::size_t>(axis)];
    }
    x.device().run(job);
  });
  return y;
}

// The gradient of a repeated operand: sums over the axes along which it was repeated.
Tensor unbroadcast(const Tensor& grad, const Shape& shape) {
  if (grad.shape() == shape) return grad;
  std::vector<bool> kept(static_cast<std::size_t>(grad.rank()));
  const int ahead = grad.rank() - shape.rank();
  for (int axis = 0; axis < grad.rank(); ++axis)
    kept[static_cast<std::size_t>(axis)] = axis >= ahead && shape[axis - ahead] == grad.shape(axis);
  return run_reduce(grad, kept, shape, 1.0);
}

Tensor run_unary(UnaryOp op, const Tensor& x, const Tensor* residual) {
  Tensor y(x.shape(), x.dtype(), x.device());
  with_real(x.dtype(), [&]<class T>(T) {
    x.device().run(Unary<T>{.op = op,
                            .x = x.data<T>(),
                            .residual = residual ? residual->data<T>() : nullptr,
                            .y = y.data<T>(),
                            .n = x.size()});
  });
  return y;
}

Tensor unary_grad(UnaryOp op, const Tensor& x, const Tensor& dy) {
  Tensor dx(x.shape(), x.dtype(), x.device());
  with_real(x.dtype(), [&]<class T>(T) {
    x.device().run(UnaryBackward<T>{.op = op, .x = x.data<T>(), .dy = dy.data<T>(), .dx = dx.data<T>(), .n = x.size()});
  });
  return dx;
}

Tensor run_affine(const Tensor& x, double a, double c) {
  Tensor y(x.shape(), x.dtype(), x.device());
  with_real(x.dtype(), [&]<class T>(T) {
    x.device().run(Scale<T>{.x = x.data<T>(),
                            .y = y.data<T>(),
                            .a = static_cast<T>(a),
                            .b = 0,
                            .c = static_cast<T>(c),
                            .n = x.size() * (is_complex(x.dtype()) ? 2 : 1)});
  });
  return y;
}

}  // namespace

void require_alike(const char* op, const Var& a, const Var& b) {
  require<ErrorKind::device>(a.device() == b.device(), op, ": tensors on different devices: ", a.value(), " and ",
                             b.value());
  require<ErrorKind::config>(a.dtype() == b.dtype(), op, ": types differ: ", a.value(), " and ", b.value());
}

Var apply(UnaryOp op, const Var& x) {
  require_real("element-wise function", x);
  const Tensor value = x.value();
  return record(run_unary(op, value, nullptr), {x},
                [op, value](const Tensor& dy, const Grads& grads) { grads.add(0, unary_grad(op, value, dy)); });
}

Var apply_residual(UnaryOp op, const Var& x, const Var& residual) {
  require_real("element-wise function", x);
  require_alike("residual", x, residual);
  require<ErrorKind::config>(x.shape() == residual.shape(), "residual: shapes differ: ", x.shape(), " and ",
                             residual.shape());
  const Tensor value = x.value();
  return record(run_unary(op, value, &residual.value()), {x, residual},
                [op, value](const Tensor& dy, const Grads& grads) {
                  if (grads.wants(0)) grads.add(0, unary_grad(op, value, dy));
                  grads.add(1, dy);
                });
}

Var binary(BinaryOp op, const Var& a, const Var& b) {
  require_alike("arithmetic", a, b);
  require_real("arithmetic", a);
  const Broadcasting plan = broadcast(a, b);
  Tensor y = with_real(a.dtype(), [&]<class T>(T) { return run_binary<T>(op, a.value(), b.value(), plan); });
  // Products need the other operand; sums need nothing.
  const bool product = op == BinaryOp::multiply || op == BinaryOp::divide;
  const Tensor av = product ? a.value() : Tensor(), bv = product ? b.value() : Tensor();
  const Shape as = a.shape(), bs = b.shape();
  return record(std::move(y), {a, b}, [op, av, bv, as, bs](const Tensor& dy, const Grads& grads) {
    // Gradients are composed of the same operations on constants: one derivative for every device.
    const Var g{dy};
    switch (op) {
      case BinaryOp::add:
      case BinaryOp::subtract:
        if (grads.wants(0)) grads.add(0, unbroadcast(dy, as));
        if (grads.wants(1)) grads.add(1, unbroadcast(op == BinaryOp::add ? dy : run_affine(dy, -1, 0), bs));
        break;
      case BinaryOp::multiply:
        if (grads.wants(0)) grads.add(0, unbroadcast((g * Var(bv)).value(), as));
        if (grads.wants(1)) grads.add(1, unbroadcast((g * Var(av)).value(), bs));
        break;
      case BinaryOp::divide: {
        const Var quotient = g / Var(bv);
        if (grads.wants(0)) grads.add(0, unbroadcast(quotient.value(), as));
        if (grads.wants(1)) grads.add(1, unbroadcast(run_affine((quotient * (Var(av) / Var(bv))).value(), -1, 0), bs));
        break;
      }
    }
  });
}

Var affine(const Var& x, double a, double c) {
  return record(run_affine(x.value(), a, c), {x},
                [a](const Tensor& dy, const Grads& grads) { grads.add(0, run_affine(dy, a, 0)); });
}

namespace {

Var reduce(const Var& x, const std::vector<int>& axes, bool keep, bool average) {
  require_real("sum", x);
  const int rank = x.shape().rank();
  std::vector<bool> kept(static_cast<std::size_t>(rank), !axes.empty());
  for (const int axis : axes) {
    const int at = axis < 0 ? axis + rank : axis;
    require<ErrorKind::config>(at >= 0 && at < rank, "sum: axis ", axis, " of a tensor with ", rank, " axes");
    kept[static_cast<std::size_t>(at)] = false;
  }
  Shape result, repeated;  // `repeated`: the result's shape with every axis in place, for the gradient
  std::int64_t terms = 1;
  for (int axis = 0; axis < rank; ++axis) {
    const bool stays = kept[static_cast<std::size_t>(axis)];
    if (stays || keep) result.push_back(stays ? x.shape(axis) : 1);
    repeated.push_back(stays ? x.shape(axis) : 1);
    if (!stays) terms *= x.shape(axis);
  }
  const double scale = average ? 1.0 / static_cast<double>(std::max<std::int64_t>(1, terms)) : 1.0;
  const Shape full = x.shape();
  return record(run_reduce(x.value(), kept, result, scale), {x},
                [full, repeated, scale](const Tensor& dy, const Grads& grads) {
                  const Var ones{Tensor::full(full, dy.dtype(), dy.device(), scale)};
                  grads.add(0, (ones * Var(dy.reshape(repeated))).value());
                });
}

}  // namespace

Var sum(const Var& x, std::vector<int> axes, bool keep) { return reduce(x, axes, keep, false); }
Var mean(const Var& x, std::vector<int> axes, bool keep) { return reduce(x, axes, keep, true); }

}  // namespace fno
