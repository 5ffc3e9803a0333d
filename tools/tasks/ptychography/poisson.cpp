#include "tools/tasks/ptychography/poisson.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace fno::ptychography {
namespace {

constexpr double kRejectionFrom = 10, kNormalAbove = 1e7;

/// In (0, 1), never an end.
double open_uniform(Random& random) { return (random.bits() + 0.5) * 0x1p-32; }

/// ln k!. Own code because the library's lgamma writes to a global variable.
double log_factorial(double k) {
  static const auto kTable = [] {
    std::array<double, 16> table{};
    for (std::size_t i = 1; i < table.size(); ++i) table[i] = table[i - 1] + std::log(static_cast<double>(i));
    return table;
  }();
  if (k < static_cast<double>(kTable.size())) return kTable[static_cast<std::size_t>(k)];
  // Stirling; the next term is below 1e-11 from k = 16 on.
  const double x = 1 / (k * k);
  return (k + 0.5) * std::log(k) - k + 0.5 * std::log(2 * std::numbers::pi) +
         (1.0 / 12 - x * (1.0 / 360 - x * (1.0 / 1260 - x / 1680))) / k;
}

double by_products(Random& random, double mean) {
  const double limit = std::exp(-mean);
  double count = 0;
  for (double product = open_uniform(random); product > limit; product *= open_uniform(random)) ++count;
  return count;
}

double by_rejection(Random& random, double mean) {
  const double b = 0.931 + 2.53 * std::sqrt(mean), a = -0.059 + 0.02483 * b;
  const double at_once = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const double u = open_uniform(random) - 0.5, v = open_uniform(random);
    const double margin = 0.5 - std::abs(u);
    const double k = std::floor((2 * a / margin + b) * u + mean + 0.43);
    if (margin >= 0.07 && v <= at_once) return k;
    if (k < 0 || (margin < 0.013 && v > margin)) continue;
    const double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
    if (std::log(v * inverse_alpha / (a / (margin * margin) + b)) <= k * std::log(mean) - mean - log_factorial(k))
      return k;
  }
}

}  // namespace

double poisson(Random& random, double mean) {
  if (mean < kRejectionFrom) return mean > 0 ? by_products(random, mean) : 0;
  if (mean <= kNormalAbove) return by_rejection(random, mean);
  return std::max(0.0, std::round(mean + std::sqrt(mean) * random.normal()));
}

}  // namespace fno::ptychography
