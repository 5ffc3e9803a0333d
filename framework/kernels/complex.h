#pragma once

#include <limits>

#include "framework/kernels/strided.h"

namespace fno {

template <class T>
struct ComplexProduct {  // y = (scale · a) · b, or (scale · a) · conj(b), at the indices of `pair`
  const Complex<T>* a;
  const Complex<T>* b;
  Complex<T>* y;  // contiguous
  bool conjugate;
  T scale;
  StridedPair pair;
  [[nodiscard]] Work work() const {
    return work_on<Complex<T>>(pair.distinct(pair.a) + pair.distinct(pair.b), pair.count, 8 * pair.count);
  }
};

template <class T>
struct Modulus {  // y = √(re² + im²), without a guard against squares that overflow
  const Complex<T>* x;
  T* y;
  std::int64_t n;
  [[nodiscard]] Work work() const { return work_on<T>(2 * n, n, 4 * n); }
};

/// |x|² below which x has no direction: it underflows.
template <class T>
inline constexpr T kLeastSquare = std::numeric_limits<T>::min();

template <class T>
struct ModulusBackward {  // dx = dy · x/|x|, and 0 where |x|² < kLeastSquare
  const Complex<T>* x;
  const T* dy;
  Complex<T>* dx;  // may be x
  std::int64_t n;
  [[nodiscard]] Work work() const { return work_on<T>(3 * n, 2 * n, 8 * n); }
};

#define FNO_COMPLEX_JOBS(X) X(ComplexProduct) X(Modulus) X(ModulusBackward)

}  // namespace fno
