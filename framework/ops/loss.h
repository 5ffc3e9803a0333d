#pragma once

#include "framework/autograd/var.h"

namespace fno {

/// Losses of a prediction against a target of the same shape (B, C, n…); each is one number. The target is a constant:
/// one that wants a gradient is Error(config), since it would get none; Var(t.value()) says so.

/// Mean over samples of ‖p-t‖/(‖t‖+eps), norms over channels and grid.
[[nodiscard]] Var relative_l2(const Var& prediction, const Var& target, double eps = 0);

/// Mean over samples and channels of ‖p-t‖_H1/(‖t‖_H1+eps): squares of values and of first derivatives, these by
/// periodic central differences (u[i+1]-u[i-1])·n/2 on the unit domain, summed over the grid.
/// Source: the H1 loss that operator-learning libraries train with (Czarnecki et al. 2017 for Sobolev training).
[[nodiscard]] Var relative_h1(const Var& prediction, const Var& target, double eps = 1e-8);

/// Mean of |p-t|.
[[nodiscard]] Var mae(const Var& prediction, const Var& target);

/// mae divided by the mean of the target + 1e-8: the scale-free amplitude loss of the Stage A study (section 3.4). One
/// pass over prediction and target forward, one backward.
[[nodiscard]] Var mae_over_mean(const Var& prediction, const Var& target);

/// The Poisson loss of the Stage A study (section 3.4): a² - o²·ln(a²) + ln Γ(o²+1) of the amplitudes times `counts`,
/// summed over all but the batch, averaged over the batch (axis 0), divided by the mean of the target + 1e-8. `counts`
/// is the square root of the photons that an intensity of 1 stands for (the study's κ makes it a likelihood of
/// photons); `floor` is added to the rate. One pass each way, evaluated in double: the terms cancel. Errors: config
/// unless counts > 0 and floor >= 0.
[[nodiscard]] Var poisson_over_mean(const Var& prediction, const Var& target, double counts = 1, double floor = 1e-8);

/// (u[i+1]-u[i-1])·n/2 along a grid axis (0 is the first), periodic. Its adjoint is its negative.
[[nodiscard]] Var central_difference(const Var& x, int grid_axis);

}  // namespace fno
