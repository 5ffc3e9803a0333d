#pragma once

#include <span>

#include "tools/commands/verify/finding.h"
#include "tools/commands/verify/probes.h"

namespace fno::verify {

/// ⟨A x, y⟩ = ⟨x, Aᵀ y⟩ for every input of every probe while the others stand.
/// Measure  |⟨A x, y⟩ - ⟨x, Aᵀ y⟩| / (‖A x‖·‖y‖ + ‖x‖·‖Aᵀ y‖).
/// Bound    4·u·(1 + √K), K the terms of the longest sum: the error of A and of Aᵀ themselves.
[[nodiscard]] Finding check_adjoints(const std::vector<Probe>& probes, std::uint64_t seed);

/// backward() against central differences of fourth order, in float64, along a direction through all inputs.
/// Measure  |difference of slopes| / (‖gradient‖·‖direction‖).
/// Bound    1e-8. At the step h = 1e-3 the differences lose h⁴·f⁽⁵⁾/30 and u·f/h, together 1e-10 or less where
///          derivatives are of the size of f; a wrong term of a derivative is not smaller than 1e-4.
[[nodiscard]] Finding check_gradients(const std::vector<Probe>& probes, std::uint64_t seed);
inline constexpr double kSlopeBound = 1e-8;

/// What probes give for a dL/dy drawn with this seed, each its result and the gradients of its inputs.
using Outcomes = std::vector<std::vector<std::vector<double>>>;
[[nodiscard]] Outcomes outcomes_of(std::span<const Probe> probes, std::uint64_t seed);

/// Outcomes of the same probes, made with the same seed, on two devices.
/// Measure  ‖a - b‖ / ‖b‖ of a result, and of the gradient of an input.
/// Bound    8·u·(1 + √K): each may err by half of it.
void compare_outcomes(Worst& worst, std::span<const Probe> probes, const Outcomes& these, const Outcomes& others);

}  // namespace fno::verify
