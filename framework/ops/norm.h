#pragma once

#include "framework/autograd/var.h"

namespace fno {

/// InstanceNorm over the grid of each sample and channel, biased variance, no running statistics.
/// Shapes  x (B, C, n…) · gamma, beta (C) or undefined · result as x
/// Errors  config if a plane has fewer than two points (its variance is 0) or shapes do not fit.
/// Source  Ulyanov et al. 2016.
[[nodiscard]] Var instance_norm(const Var& x, const Var& gamma, const Var& beta, double eps = 1e-5);

/// The tail of a stable block in one pass: residual + gate ⊙ InstanceNorm(GELU(z)).
/// Shapes  z, residual (B, C, n…) · gamma, beta (C) · gate (C), or undefined for 1
/// Memory  backward keeps z and two numbers a plane; GELU and the norm are computed again.
[[nodiscard]] Var gelu_norm_residual(const Var& z, const Var& residual, const Var& gamma, const Var& beta,
                                     const Var& gate, double eps = 1e-5);

}  // namespace fno
