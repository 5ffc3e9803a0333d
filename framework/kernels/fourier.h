#pragma once

#include "framework/kernels/scalar.h"

namespace fno {

/// Full-spectrum transforms of `planes` arrays of size (n0, n1, n2), padded in front with ones.
/// Half spectra hold columns 0 … n2/2 of the last axis. `weighted` multiplies column k by c(k) (see spectral.h), which
/// turns a transform into the adjoint of the opposite one.
template <class T>
struct Rfft {
  const T* x;         // (planes, n0, n1, n2)
  Complex<T>* x_hat;  // (planes, n0, n1, n2/2+1) = scale · c · Σ x exp(-iθ)
  std::int64_t planes;
  int size[kGridAxes];
  T scale;
  bool weighted;
};

template <class T>
struct Irfft {
  const Complex<T>* x_hat;  // (planes, n0, n1, n2/2+1)
  T* x;                     // (planes, n0, n1, n2) = scale · Σ_k c · Re(x_hat exp(+iθ)) over the half spectrum
  std::int64_t planes;
  int size[kGridAxes];
  T scale;
  bool weighted;
};

template <class T>
struct Fft {
  const Complex<T>* x;  // (planes, n0, n1, n2)
  Complex<T>* y;        // same shape = scale · Σ x exp(∓iθ)
  std::int64_t planes;
  int size[kGridAxes];
  T scale;
  bool inverse;
};

}  // namespace fno
