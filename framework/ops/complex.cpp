#include "framework/ops/complex.h"

#include "framework/ops/broadcast.h"
#include "framework/ops/elementwise.h"
#include "framework/ops/shape.h"

namespace fno {
namespace {

void require_complex(const char* op, const Var& x) {
  require<ErrorKind::config>(is_complex(x.dtype()), op, ": a complex tensor is needed, not ", x.value());
}

// Part 0 or 1 of pairs, without their axis.
Var part(const Var& x, std::int64_t index) {
  const Var pairs = as_real(x);
  return reshape(slice(pairs, -1, index, index + 1), x.shape());
}

Tensor product(const Tensor& a, const Tensor& b, Conjugate conjugate, double scale) {
  const Broadcasting plan = broadcast(a.shape(), b.shape());
  Tensor y(plan.shape, a.dtype(), a.device());
  with_real(a.dtype(), [&]<class T>(T) {
    a.device().run(ComplexProduct<T>{.a = a.data<Complex<T>>(),
                                     .b = b.data<Complex<T>>(),
                                     .y = y.data<Complex<T>>(),
                                     .conjugate = conjugate == Conjugate::yes,
                                     .scale = static_cast<T>(scale),
                                     .pair = plan.pair});
  });
  return y;
}

}  // namespace

Var complex(const Var& re, const Var& im) {
  require_alike("complex", re, im);
  require<ErrorKind::config>(re.shape() == im.shape(), "complex: shapes differ: ", re.shape(), " and ", im.shape());
  Shape one = re.shape();
  one.push_back(1);
  return as_complex(concat({reshape(re, one), reshape(im, one)}, -1));
}

Var as_complex(const Var& pairs) {
  return record(pairs.value().as_complex(), {pairs},
                [](const Tensor& dy, const Grads& grads) { grads.add(0, dy.as_real()); });
}

Var as_real(const Var& x) {
  return record(x.value().as_real(), {x}, [](const Tensor& dy, const Grads& grads) { grads.add(0, dy.as_complex()); });
}

Var real(const Var& x) {
  require_complex("real", x);
  return part(x, 0);
}

Var imag(const Var& x) {
  require_complex("imag", x);
  return part(x, 1);
}

Var conj(const Var& x) {
  require_complex("conj", x);
  return complex(real(x), affine(imag(x), -1));
}

Var modulus(const Var& x) {
  require_complex("modulus", x);
  const Tensor value = x.value();
  return with_real(x.dtype(), [&]<class T>(T) {
    const Tensor y(x.shape(), real_of(x.dtype()), x.device());
    x.device().run(Modulus<T>{.x = value.data<Complex<T>>(), .y = y.data<T>(), .n = value.size()});
    return record(y, {x}, [value](const Tensor& dy, const Grads& grads) {
      const Tensor dx(value.shape(), value.dtype(), dy.device());
      dy.device().run(ModulusBackward<T>{
          .x = value.data<Complex<T>>(), .dy = dy.data<T>(), .dx = dx.data<Complex<T>>(), .n = value.size()});
      grads.add(0, dx);
    });
  });
}

Var complex_product(const Var& a, const Var& b, Conjugate b_conjugate, double scale) {
  require_alike("complex product", a, b);
  require_complex("complex product", a);
  const Tensor for_a = a.wants_grad() ? b.value() : Tensor(), for_b = b.wants_grad() ? a.value() : Tensor();
  const Shape as = a.shape(), bs = b.shape();
  return record(product(a.value(), b.value(), b_conjugate, scale), {a, b}, [=](const Tensor& dy, const Grads& grads) {
    // y = s·a·b:        da = s·dy·conj(b),  db = s·dy·conj(a).
    // y = s·a·conj(b):  da = s·dy·b,        db = s·a·conj(dy).
    const bool plain = b_conjugate == Conjugate::no;
    if (grads.wants(0))
      grads.add(0, unbroadcast(product(dy, for_a, plain ? Conjugate::yes : Conjugate::no, scale), as));
    if (grads.wants(1))
      grads.add(
          1, unbroadcast(plain ? product(dy, for_b, Conjugate::yes, scale) : product(for_b, dy, Conjugate::yes, scale),
                         bs));
  });
}

}  // namespace fno
