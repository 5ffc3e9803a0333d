#pragma once

#include <functional>
#include <gtest/gtest.h>
#include <vector>

#include "framework/autograd/var.h"
#include "framework/tensor/random.h"

namespace fno::test {

/// Compares backward() with central differences of ⟨f(inputs), g⟩ along one random direction through all inputs, g
/// random, in float64. Two step widths are combined (error of fourth order), so that 1e-8 of ‖gradient‖·‖direction‖ is
/// reached: any wrong term shows. The function must be smooth within 0.002·|direction| of the inputs.
[[nodiscard]] ::testing::AssertionResult gradient_matches(const std::function<Var(const std::vector<Var>&)>& f,
                                                          const std::vector<Tensor>& inputs, Random& random);

}  // namespace fno::test
