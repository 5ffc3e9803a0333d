#pragma once

#include <functional>
#include <string>

#include "framework/kernels/spectral.h"
#include "framework/tensor/tensor.h"
#include "tools/commands/verify/finding.h"

namespace fno::verify {

/// The transforms to be held against direct sums (framework/checks/direct_sums.h). Shapes and scales as at
/// framework/ops/fourier.h and framework/kernels/spectral.h (scale 1).
struct Transforms {
  std::function<Tensor(const Tensor&)> fft, ifft, rfft;
  std::function<Tensor(const Tensor& half, int last)> irfft;
  std::function<Tensor(const ModeSet&, const Tensor& x, bool weighted)> analyse;
  std::function<Tensor(const ModeSet&, const Tensor& x_hat, bool weighted)> synthesise;
};

/// Those of the framework; the device is that of the tensor.
[[nodiscard]] Transforms framework_transforms();

/// Full transforms both ways, of every size 1 to 256 and of grids in two and three dimensions.
/// Measure  ‖y - y'‖ / ‖y'‖, y' the direct sum.
/// Bound    6.7·u·log₂(2n), u the unit roundoff, n the points: what Higham proves for radix 2 (Accuracy and Stability
/// of
///          Numerical Algorithms, 2nd ed., theorem 24.2 with exact twiddles: (√2·4 + 1)·u a halving), asked here of
///          every size, also of those that take three transforms.
[[nodiscard]] Finding check_full_transforms(const Transforms& under_test, const Device& device, Dtype real,
                                            std::uint64_t seed);

/// Truncated ones: every size 1 to 256 with up to 12 modes, up to 64 with all of them; every mode convention in two and
/// three dimensions, odd, even and folded grids, padding, both ends of a domain.
/// Bound    4·u·(1 + Σ_axes √n): sums of n terms of either sign, whose roundings add up as in a random walk.
[[nodiscard]] Finding check_truncated_transforms(const Transforms& under_test, const Device& device, Dtype real,
                                                 std::uint64_t seed);

}  // namespace fno::verify
