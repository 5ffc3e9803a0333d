#pragma once

#include <algorithm>
#include <optional>
#include <vector>

namespace fno::report {

/// A median; of an even number of values the mean of the two in the middle. Nothing without values.
[[nodiscard]] inline std::optional<double> median(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  std::ranges::sort(values);
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

}  // namespace fno::report
