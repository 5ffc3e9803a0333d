#pragma once

#include "framework/autograd/var.h"
#include "framework/ops/grid.h"

namespace fno {

/// Largest of each window of `window` points an axis, windows side by side, a rest dropped; the first of equals wins.
/// (B, C, n…) → (B, C, ⌊n/window⌋…).
[[nodiscard]] Var max_pool(const Var& x, int window = 2);

/// Every point repeated `factor` times an axis: (B, C, n…) → (B, C, n·factor…).
[[nodiscard]] Var upsample_nearest(const Var& x, int factor = 2);

/// `before` and `after` points added on every grid axis. `reflect` mirrors at the edge point and needs fewer points
/// than the axis has.
[[nodiscard]] Var pad(const Var& x, int before, int after, PadMode mode);
/// The same with a number for each axis, padded in front with zeros as grids are with ones: (0, 0, n) in 1-D.
[[nodiscard]] Var pad(const Var& x, const Extents& before, const Extents& after, PadMode mode);

}  // namespace fno
