#pragma once

#include <functional>
#include <gtest/gtest.h>

#include "framework/autograd/var.h"
#include "framework/tensor/random.h"

namespace fno::test {

/// ⟨A x, y⟩ = ⟨x, Aᵀ y⟩ for a linear op A and a random y, where Aᵀ is what backward() computes: to 1e-13 of ‖Ax‖·‖y‖ in
/// float64, 1e-6 in float32. Complex numbers count as pairs of reals. A result that is all zero fails, as it proves
/// nothing.
[[nodiscard]] ::testing::AssertionResult adjoint_holds(const std::function<Var(const Var&)>& op, const Tensor& x,
                                                       Random& random);

}  // namespace fno::test
