#pragma once

#include "framework/autograd/var.h"

namespace fno {

/// Half spectrum of a real field over its grid axes: (B, C, n₁…, n_d) → (B, C, n₁…, n_d/2+1) complex; exp(-i…),
/// unnormalised.
[[nodiscard]] Var rfft(const Var& x);

/// The real field of a half spectrum, with `last` points on the last axis: leading axes are inverted first, then the
/// imaginary parts of column 0 and (even `last`) of the Nyquist column are ignored. Divides by the number of points.
/// Errors: config unless the last extent of x_hat is last/2+1.
[[nodiscard]] Var irfft(const Var& x_hat, int last);

/// Complex transform over the grid axes, (B, C, n…) both ways; fft is unnormalised, ifft divides by the points.
[[nodiscard]] Var fft(const Var& x);
[[nodiscard]] Var ifft(const Var& x);

}  // namespace fno
