#pragma once

#include <functional>
#include <vector>

#include "framework/autograd/var.h"
#include "framework/tensor/random.h"

namespace fno::checks {

/// The derivative of ⟨f, g⟩ along a direction through all leaves: by backward(), and by central differences at one and
/// two steps, combined to an error of fourth order.
struct SlopeGap {
  bool arrived = false;  ///< every leaf got a gradient
  double by_backward = 0, by_differences = 0;
  double gradient = 0, direction = 0;  ///< norms over all leaves

  /// |by_backward - by_differences| / (gradient · direction). Infinite where a leaf got no gradient, the gradient is
  /// zero, which proves nothing, or something is NaN.
  [[nodiscard]] double relative() const;
};

/// Of f, which reads the leaves, all in float64; g and the direction are random and normal. Leaves keep their values;
/// what they had of gradients is replaced. f must be smooth within 2·step·|direction| of them.
[[nodiscard]] SlopeGap slope_gap(const std::function<Var()>& f, const std::vector<Var>& leaves, double step,
                                 Random& random);

}  // namespace fno::checks
