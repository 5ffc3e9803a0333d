#include "framework/ops/elementwise.h"

#include <algorithm>

#include "framework/ops/broadcast.h"
#include "framework/ops/complex.h"

namespace fno {
namespace {

void require_real(const char* op, const Var& x) {
  require<ErrorKind::config>(!is_complex(x.dtype()), op, ": a real tensor is needed, not ", x.value());
}

Tensor run_binary(BinaryOp op, const Tensor& a, const Tensor& b) {
  const Broadcasting plan = broadcast(a.shape(), b.shape());
  Tensor y(plan.shape, a.dtype(), a.device());
  with_real(a.dtype(), [&]<class T>(T) {
    a.device().run(Binary<T>{.op = op, .a = a.data<T>(), .b = b.data<T>(), .y = y.data<T>(), .pair = plan.pair});
  });
  return y;
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
                             b.value(), a.device().name() == b.device().name() ? ", another device of that name" : "");
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
  if (is_complex(a.dtype())) {
    require<ErrorKind::config>(op != BinaryOp::divide, "arithmetic: complex tensors have no division");
    return op == BinaryOp::multiply ? complex_product(a, b) : as_complex(binary(op, as_real(a), as_real(b)));
  }
  // Products need the other operand; sums need nothing.
  const bool product = op == BinaryOp::multiply || op == BinaryOp::divide;
  const Tensor av = product ? a.value() : Tensor(), bv = product ? b.value() : Tensor();
  const Shape as = a.shape(), bs = b.shape();
  Tensor y = run_binary(op, a.value(), b.value());
  return record(std::move(y), {a, b}, [op, av, bv, as, bs](const Tensor& dy, const Grads& grads) {
    // Gradients are composed of the same operations on constants: one derivative for every device.
    switch (op) {
      case BinaryOp::add:
      case BinaryOp::subtract:
        if (grads.wants(0)) grads.add(0, unbroadcast(dy, as));
        if (grads.wants(1)) grads.add(1, unbroadcast(op == BinaryOp::add ? dy : run_affine(dy, -1, 0), bs));
        break;
      case BinaryOp::multiply:
        if (grads.wants(0)) grads.add(0, unbroadcast(run_binary(op, dy, bv), as));
        if (grads.wants(1)) grads.add(1, unbroadcast(run_binary(op, dy, av), bs));
        break;
      case BinaryOp::divide: {
        const Tensor quotient = run_binary(op, dy, bv);
        if (grads.wants(0)) grads.add(0, unbroadcast(quotient, as));
        if (grads.wants(1)) {
          const Tensor slope = run_binary(BinaryOp::multiply, quotient, run_binary(op, av, bv));
          grads.add(1, unbroadcast(run_affine(slope, -1, 0), bs));
        }
        break;
      }
    }
  });
}

Var affine(const Var& x, double a, double c) {
  require<ErrorKind::config>(c == 0 || !is_complex(x.dtype()), "affine: nothing is added to a complex tensor");
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
  return record(reduced(x.value(), kept, result, scale), {x},
                [full, repeated, scale](const Tensor& dy, const Grads& grads) {
                  const Tensor ones = Tensor::full(full, dy.dtype(), dy.device(), scale);
                  grads.add(0, run_binary(BinaryOp::multiply, ones, dy.reshape(repeated)));
                });
}

}  // namespace

Var sum(const Var& x, std::vector<int> axes, bool keep) { return reduce(x, axes, keep, false); }
Var mean(const Var& x, std::vector<int> axes, bool keep) { return reduce(x, axes, keep, true); }

}  // namespace fno
