#pragma once

#include "framework/kernels/strided.h"

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
struct Binary {  // y = a op b at the indices of `pair`
  BinaryOp op;
  const T* a;
  const T* b;
  T* y;  // contiguous
  StridedPair pair;
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
struct StridedCopy {  // to[Σ i·pair.b] = from[Σ i·pair.a] for every index i below pair.size
  const T* from;
  T* to;
  StridedPair pair;  // addresses every element of `to` once
};

template <class T>
struct Scale {  // y = a·x + b·y + c; y is not read where b is 0
  const T* x;   // (n) or null for 0
  T* y;         // (n)
  T a, b, c;
  std::int64_t n;
};

}  // namespace fno
