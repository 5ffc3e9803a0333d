#pragma once

#include <vector>

#include "framework/tensor/tensor.h"

namespace fno {

/// NumPy's broadcasting: shapes aligned at the last axis, an extent of 1 is repeated.
struct Broadcasting {
  Shape shape;       ///< of the result
  StridedPair pair;  ///< its elements in the two operands
};
/// Throws Error(config) if extents disagree.
[[nodiscard]] Broadcasting broadcast(const Shape& a, const Shape& b);

/// scale · Σ x over the axes that are not kept, as a tensor of shape `result`.
[[nodiscard]] Tensor reduced(const Tensor& x, const std::vector<bool>& kept, Shape result, double scale);

/// The gradient of a repeated operand of this shape, real or complex: sums over the axes along which it was repeated.
[[nodiscard]] Tensor unbroadcast(const Tensor& grad, const Shape& shape);

}  // namespace fno
