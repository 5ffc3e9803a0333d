#pragma once

#include <complex>
#include <cstdint>
#include <vector>

#include "framework/tensor/random.h"

namespace fno {

/// Gaussian random field of zero mean on the unit circle or torus:
///
///   f(x) = sum over k != 0 of  f_k exp(2 pi i k x),  E|f_k|^2 = s(k)^2,  s(k) = sigma (4 pi^2 |k|^2 +
///   tau^2)^(-alpha/2)
///
/// f_-k being the conjugate of f_k, and real and imaginary part independent: the covariance sigma^2 (tau^2 - Laplace)
/// ^(-alpha) without its constant. All modes with components of at most `cutoff` are drawn, shell by shell as the
/// largest component grows, so that a larger cutoff adds modes and keeps the others.
struct PeriodicField {
  double sigma = 1, tau = 1, alpha = 1;

  [[nodiscard]] double deviation(double square_of_k) const;  ///< s(k)

  /// f_0 … f_cutoff. Takes two normals a mode.
  [[nodiscard]] std::vector<std::complex<double>> line(std::int64_t cutoff, Random& random) const;

  /// The half spectrum of an n x n grid, (n, n/2 + 1): row k1 modulo n, column k2. 2 cutoff < n.
  [[nodiscard]] std::vector<std::complex<double>> square(std::int64_t n, std::int64_t cutoff, Random& random) const;
};

}  // namespace fno
