#pragma once

#include <functional>

#include "framework/autograd/var.h"
#include "framework/tensor/random.h"

namespace fno::checks {

/// ⟨A x, y⟩ against ⟨x, Aᵀ y⟩, where Aᵀ is what backward() computes. Complex numbers count as pairs of reals.
struct AdjointGap {
  bool arrived = false;          ///< x got a gradient
  double left = 0, right = 0;    ///< ⟨A x, y⟩, ⟨x, Aᵀ y⟩
  double forward = 0, back = 0;  ///< ‖A x‖·‖y‖, ‖x‖·‖Aᵀ y‖

  /// |left - right| / (forward + back): if A and Aᵀ are each computed to a relative error δ, at most δ. Infinite where
  /// no gradient arrived, all is zero, which proves nothing, or something is NaN.
  [[nodiscard]] double relative() const;
};

/// Of a linear op at x, for a random y.
[[nodiscard]] AdjointGap adjoint_gap(const std::function<Var(const Var&)>& op, const Tensor& x, Random& random);

}  // namespace fno::checks
