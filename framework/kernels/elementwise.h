#pragma once

#include "framework/kernels/scalar.h"

namespace fno {

/// NaN gives NaN in every one, also where a value below 0 is cut off.
enum class UnaryOp {
  gelu,     ///< x·Φ(x) with the exact error function (Hendrycks and Gimpel 2016)
  silu,     ///< x·σ(x)
  relu,     ///< max(x, 0); derivative 0 at 0
  sigmoid,  ///< 1/(1+exp(-x))
  tanh,
  square,
  sqrt,  ///< of max(x, 0); derivative 0 where x <= 0
  abs,   ///< derivative 0 at 0
  exp,
  log,
  log1p,  ///< ln(1+max(x, 0)); derivative 0 where x <= 0
  sin,
  cos,
  lgamma,  ///< ln Γ(x) for x > 0; has no derivative here (asking for it is an error)
  reciprocal,
};

template <class T>
struct Unary {  // y = f(x) + residual
  UnaryOp op;
  const T* x;         // (n)
  const T* residual;  // (n) or null
  T* y;               // (n), may be x
  std::int64_t n;
};

template <class T>
struct UnaryBackward {  // dx = f'(x)·dy
  UnaryOp op;
  const T* x;   // (n)
  const T* dy;  // (n)
  T* dx;        // (n), may be dy
  std::int64_t n;
};

enum class BinaryOp { add, subtract, multiply, divide };

template <class T>
struct Binary {  // y = a op b over `axes` axes; a stride of 0 repeats an operand along that axis
  BinaryOp op;
  const T* a;
  const T* b;
  T* y;  // contiguous
  int axes;
  std::int64_t size[kMaxAxes], a_stride[kMaxAxes], b_stride[kMaxAxes];
};

template <class T>
struct Reduce {  // y = scale · Σ x over the axes not kept; summed in a fixed order, in double on the CPU
  const T* x;    // contiguous, `axes` axes
  T* y;          // contiguous over the kept axes
  int axes;
  std::int64_t size[kMaxAxes];
  bool keep[kMaxAxes];
  double scale;
};

template <class T>
struct StridedCopy {  // to[Σ i·to_stride] (+)= from[Σ i·from_stride] for every index i below size
  const T* from;
  T* to;
  int axes;
  std::int64_t size[kMaxAxes], from_stride[kMaxAxes], to_stride[kMaxAxes];
  bool accumulate;  // the strides of `to` must then address every element once
};

template <class T>
struct Scale {  // y = a·x + b·y + c; y is not read where b is 0
  const T* x;   // (n) or null for 0
  T* y;         // (n)
  T a, b, c;
  std::int64_t n;
};

}  // namespace fno
