#pragma once

#include <cstdint>
#include <vector>

#include "framework/tensor/random.h"

namespace fno {

/// Gaussian random field on the unit square with zero normal derivative on the boundary and zero mean:
///
///   f(x, y) = sum over 0 <= k1, k2 < n, (k1, k2) != (0, 0) of  e(k1) e(k2) A(k) xi(k) cos(pi k1 x) cos(pi k2 y)
///   A(k) = tau^(alpha-1) (pi^2 |k|^2 + tau^2)^(-alpha/2),  alpha = 2, tau = 3,  e(0) = 1, e(k) = sqrt(2) for k > 0
///
/// with independent standard normal xi. This is the usual recipe for Darcy coefficients: on s points per side the
/// coefficient s A xi of the orthonormal DCT-II is the same series, because its basis is e(k1) e(k2) cos cos / s.
/// The mean square over the square is the sum of A^2; it tends to 0.292^2 for many modes.
///
/// The xi are drawn shell by shell, max(k1, k2) = 1, 2, ..., n-1; within shell m in the order (m, 0), (0, m), (m, 1),
/// (1, m), ..., (m, m-1), (m-1, m), (m, m). The modes of a coarse grid are thus the first modes of a finer one: one
/// generator gives the same function on every n, up to the modes the coarse grid lacks.
class GaussianField {
 public:
  /// Prepares fields on the nodes (i/n, j/n), i, j = 0 ... n. n >= 2.
  explicit GaussianField(std::int64_t n);

  /// One field, (n+1) x (n+1) values, row-major; the first axis is x = i/n. Takes n^2 - 1 normals from `random`.
  /// Safe to call from several threads, each with its own `random`.
  [[nodiscard]] std::vector<double> draw(Random& random) const;

  /// A(k), the standard deviation of mode k before e(k1) e(k2).
  [[nodiscard]] static double amplitude(std::int64_t k1, std::int64_t k2);

 private:
  std::int64_t n_, modes_;       // modes_ = n rounded up to a multiple of 4; the added modes are zero
  std::vector<double> cosines_;  // (modes_, n+1): e(k) cos(pi k i / n)
};

}  // namespace fno
