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
  sqrt,   ///< of max(x, 0); derivative 0 where x <= 0
  abs,    ///< derivative 0 at 0
  log1p,  ///< ln(1+max(x, 0)); derivative 0 where x <= 0
  sin,
  cos,
};

template <class T>
struct Unary {  // y = f(x) + residual
  UnaryOp op;
  const T* x;         // (n)
  const T* residual;  // (n) or null
  T* y;               // (n), may be x
  std::int64_t n;
  [[nodiscard]] Work work() const { return work_on<T>(residual ? 2 * n : n, n, residual ? 2 * n : n); }
};

template <class T>
struct UnaryBackward {  // dx = f'(x)·dy
  UnaryOp op;
  const T* x;   // (n)
  const T* dy;  // (n)
  T* dx;        // (n), may be dy
  std::int64_t n;
  [[nodiscard]] Work work() const { return work_on<T>(2 * n, n, 2 * n); }
};

enum class BinaryOp { add, subtract, multiply, divide };

template <class T>
struct Binary {  // y = a op b at the indices of `pair`
  BinaryOp op;
  const T* a;
  const T* b;
  T* y;  // contiguous
  StridedPair pair;
  [[nodiscard]] Work work() const {
    return work_on<T>(pair.distinct(pair.a) + pair.distinct(pair.b), pair.count, pair.count);
  }
};

template <class T>
struct Reduce {  // y = scale · Σ x over the axes not kept; summed in a fixed order, in double on the CPU
  const T* x;    // contiguous, `axes` axes
  T* y;          // contiguous over the kept axes
  int axes;
  std::int64_t size[kMaxAxes];
  bool keep[kMaxAxes];
  double scale;
  [[nodiscard]] Work work() const {
    std::int64_t terms = 1, results = 1;
    for (int axis = 0; axis < axes; ++axis) {
      terms *= size[axis];
      if (keep[axis]) results *= size[axis];
    }
    return work_on<T>(terms, results, scale == 1 ? terms : terms + results);
  }
};

template <class T>
struct StridedCopy {  // to[Σ i·pair.b] = from[Σ i·pair.a] for every index i below pair.size
  const T* from;
  T* to;
  StridedPair pair;  // addresses every element of `to` once
  [[nodiscard]] Work work() const { return work_on<T>(pair.distinct(pair.a), pair.count, 0); }
};

template <class T>
struct Scale {  // y = a·x + b·y + c; y is not read where b is 0
  const T* x;   // (n) or null for 0
  T* y;         // (n)
  T a, b, c;
  std::int64_t n;
  [[nodiscard]] Work work() const {
    const int terms = (x ? 1 : 0) + (b != 0 ? 1 : 0) + (c != 0 ? 1 : 0);
    const int factors = (x && a != 1 ? 1 : 0) + (b != 0 && b != 1 ? 1 : 0);
    const int flop = terms > 1 ? factors + terms - 1 : factors;
    return work_on<T>((x ? n : 0) + (b != 0 ? n : 0), n, flop * n);
  }
};

#define FNO_ELEMENTWISE_JOBS(X) X(Unary) X(UnaryBackward) X(Binary) X(Reduce) X(StridedCopy) X(Scale)

}  // namespace fno
