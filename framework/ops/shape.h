#pragma once

#include "framework/autograd/var.h"

namespace fno {

/// The same elements in the same order under another shape of equal size.
[[nodiscard]] Var reshape(const Var& x, Shape shape);

/// Axes in another order: result axis i is axis order[i] of x.
[[nodiscard]] Var permute(const Var& x, const std::vector<int>& order);

/// Tensors side by side along one axis; all other extents must agree.
[[nodiscard]] Var concat(const std::vector<Var>& parts, int axis);

/// Entries first … last-1 of one axis.
[[nodiscard]] Var slice(const Var& x, int axis, std::int64_t first, std::int64_t last);

/// Entries move up by shifts[k] along axes[k], those pushed out at one end come in at the other: entry i goes to
/// (i + shift) mod n. Shifts may be negative.
[[nodiscard]] Var roll(const Var& x, const std::vector<std::int64_t>& shifts, const std::vector<int>& axes);

}  // namespace fno
