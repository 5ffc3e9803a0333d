#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

namespace fno::bench {

/// The q-quantile (0 … 1) of a non-empty sample, linear between neighbours.
[[nodiscard]] inline double quantile(std::vector<double> values, double q) {
  std::ranges::sort(values);
  const double at = q * static_cast<double>(values.size() - 1);
  const auto low = static_cast<std::size_t>(std::floor(at));
  const std::size_t high = std::min(low + 1, values.size() - 1);
  return values[low] + (at - static_cast<double>(low)) * (values[high] - values[low]);
}

}  // namespace fno::bench
