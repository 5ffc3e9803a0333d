#pragma once

#include "tests/support/near.h"
#include "tests/support/spectral_reference.h"

namespace fno::test {

// Golden files hold classic spectral weights as blocks NAME1_re, NAME1_im, NAME2_re, … of shape (Ci, Co, modes…).

/// All blocks as one mode-major tensor (N, Ci, Co).
[[nodiscard]] Tensor golden_weights(const GoldenFile& golden, const std::string& in_case, const std::string& name,
                                    const std::vector<int>& modes, Dtype complex, const Device& device);

/// Compares a tensor (N, Ci, Co) with every block, each against its own scale.
[[nodiscard]] ::testing::AssertionResult near_golden_weights(const Tensor& actual, const GoldenFile& golden,
                                                             const std::string& in_case, const std::string& name,
                                                             const std::vector<int>& modes,
                                                             const Tolerance& tolerance = kGradient);

/// Mode set for the grid of x (B, C, n…). Where the case has as many modes on every axis it is the project's own, so
/// that its order of rows is under test as well.
[[nodiscard]] std::shared_ptr<const ModeSet> golden_modes(const Var& x, const std::vector<int>& modes);

}  // namespace fno::test
