#pragma once

#include <string>
#include <vector>

namespace fno::report {

/// Round numbers inside [low, high]: multiples of 1, 2 or 5 times a power of ten, ascending, at most `about + 1` of
/// them. `whole` keeps the step at 1 or more, for counts. Just {low} if the range is empty or not finite.
[[nodiscard]] std::vector<double> linear_ticks(double low, double high, int about, bool whole = false);

/// Ticks of a logarithmic axis inside [low, high], 0 < low < high, ascending: powers of ten (thinned evenly to at most
/// `about + 1`), joined by their multiples of 2 and 5 where there are fewer than three; linear_ticks where even those
/// are fewer than two.
[[nodiscard]] std::vector<double> log_ticks(double low, double high, int about);

/// One label a tick. All have the decimals that the step needs, or all are in scientific form where plain decimals
/// would be long.
[[nodiscard]] std::vector<std::string> linear_labels(const std::vector<double>& ticks);

}  // namespace fno::report
