#pragma once

#include <cmath>

#include "framework/kernels/scalar.h"

namespace fno {

/// Full-spectrum transforms of `planes` arrays of size (n0, n1, n2), padded in front with ones.
/// Half spectra hold columns 0 … n2/2 of the last axis. `weighted` multiplies column k by c(k) (see spectral.h), which
/// turns a transform into the adjoint of the opposite one.
/// Flop of complex transforms of `planes` grids: 5 n·log2 n each, the usual count. A real one is half of that.
[[nodiscard]] inline double fft_flop(std::int64_t planes, const int (&size)[kGridAxes]) {
  const auto n = static_cast<double>(product_of(size));
  return 5 * static_cast<double>(planes) * n * std::log2(n);
}
/// Complex numbers of their half spectra.
[[nodiscard]] inline std::int64_t half_spectrum(std::int64_t planes, const int (&size)[kGridAxes]) {
  return planes * size[0] * size[1] * (size[2] / 2 + 1);
}

template <class T>
struct Rfft {
  const T* x;         // (planes, n0, n1, n2)
  Complex<T>* x_hat;  // (planes, n0, n1, n2/2+1) = scale · c · Σ x exp(-iθ)
  std::int64_t planes;
  int size[kGridAxes];
  T scale;
  bool weighted;
  [[nodiscard]] Work work() const {
    return work_on<T>(planes * product_of(size), 2 * half_spectrum(planes, size), fft_flop(planes, size) / 2);
  }
};

template <class T>
struct Irfft {
  const Complex<T>* x_hat;  // (planes, n0, n1, n2/2+1)
  T* x;                     // (planes, n0, n1, n2) = scale · Σ_k c · Re(x_hat exp(+iθ)) over the half spectrum
  std::int64_t planes;
  int size[kGridAxes];
  T scale;
  bool weighted;
  [[nodiscard]] Work work() const {
    return work_on<T>(2 * half_spectrum(planes, size), planes * product_of(size), fft_flop(planes, size) / 2);
  }
};

template <class T>
struct Fft {
  const Complex<T>* x;  // (planes, n0, n1, n2)
  Complex<T>* y;        // same shape = scale · Σ x exp(∓iθ)
  std::int64_t planes;
  int size[kGridAxes];
  T scale;
  bool inverse;
  [[nodiscard]] Work work() const {
    return work_on<Complex<T>>(planes * product_of(size), planes * product_of(size), fft_flop(planes, size));
  }
};

#define FNO_FOURIER_JOBS(X) X(Rfft) X(Irfft) X(Fft)

}  // namespace fno
