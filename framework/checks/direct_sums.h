#pragma once

#include <array>
#include <complex>
#include <vector>

#include "framework/kernels/scalar.h"

namespace fno::checks {

/// Points p and frequencies k of a grid: θ(k,p) = 2π Σ_axes k_a p_a / period_a.
struct Waves {
  std::array<int, kGridAxes> size{1, 1, 1}, period{1, 1, 1};
  std::array<std::vector<int>, kGridAxes> frequency{std::vector{0}, std::vector{0}, std::vector{0}};
};

/// All frequencies 0 … n-1 of each axis, or on the last axis 0 … n/2 alone.
[[nodiscard]] Waves all_waves(const std::array<int, kGridAxes>& size, bool half);

using ComplexValues = std::vector<std::complex<double>>;

/// Σ_p x[p] exp(-iθ(k,p)) for every k, row-major, term by term in extended precision: what transforms are held against,
/// by no means that they use.
[[nodiscard]] ComplexValues direct_analysis(const Waves& waves, const ComplexValues& x);
/// Σ_k x_hat[k] exp(+iθ(k,p)) for every p.
[[nodiscard]] ComplexValues direct_synthesis(const Waves& waves, const ComplexValues& x_hat);

}  // namespace fno::checks
