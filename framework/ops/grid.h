#pragma once

#include <array>

#include "framework/autograd/var.h"

namespace fno {

using Extents = std::array<int, kGridAxes>;

/// The grid of (B, C, n₁[, n₂[, n₃]]), padded in front with ones. Errors: config, starting with `op`, for another rank.
inline Extents grid_of(const char* op, const Shape& shape) {
  require<ErrorKind::config>(shape.rank() >= 3 && shape.rank() <= 5, op,
                             ": a tensor (batch, channels, 1 to 3 grid axes) is needed, not ", shape);
  Extents grid{1, 1, 1};
  for (int axis = 2; axis < shape.rank(); ++axis)
    grid[static_cast<std::size_t>(axis + kGridAxes - shape.rank())] = static_cast<int>(shape[axis]);
  return grid;
}

/// (batch, channels, grid) with as many grid axes as `like` has.
inline Shape with_grid(std::int64_t batch, std::int64_t channels, const Extents& grid, const Shape& like) {
  Shape shape{batch, channels};
  for (int axis = 5 - like.rank(); axis < kGridAxes; ++axis) shape.push_back(grid[static_cast<std::size_t>(axis)]);
  return shape;
}

inline std::int64_t points_of(const Extents& grid) { return std::int64_t{grid[0]} * grid[1] * grid[2]; }

}  // namespace fno
