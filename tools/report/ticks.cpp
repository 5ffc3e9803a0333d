#include "tools/report/ticks.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <initializer_list>
#include <iterator>

#include "tools/report/text.h"

namespace fno::report {
namespace {

// The least of 1, 2, 5 times a power of ten that is `raw` or more.
double round_step(double raw) {
  const double power = std::pow(10.0, std::floor(std::log10(raw)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= raw * (1 - 1e-9)) return factor * power;
  return 10 * power;
}

std::vector<double> inside(const std::vector<double>& ticks, double low, double high) {
  std::vector<double> kept;
  std::copy_if(ticks.begin(), ticks.end(), std::back_inserter(kept),
               [&](double t) { return t >= low * (1 - 1e-9) && t <= high * (1 + 1e-9); });
  return kept;
}

}  // namespace

std::vector<double> linear_ticks(double low, double high, int about, bool whole) {
  const double range = high - low;
  // Below this a double cannot tell neighbouring ticks apart.
  const double resolution = 1e-12 * std::max(std::abs(low), std::abs(high));
  if (!std::isfinite(range) || !(range > resolution)) return {low};
  double step = round_step(range / about);
  if (whole) step = std::max(step, 1.0);
  std::vector<double> ticks;
  const double first = std::ceil(low / step - 1e-9), last = std::floor(high / step + 1e-9);
  for (double i = first; i <= last; i += 1) ticks.push_back(i == 0 ? 0.0 : i * step);
  return ticks;
}

std::vector<double> log_ticks(double low, double high, int about) {
  const int first = static_cast<int>(std::floor(std::log10(low))), last = static_cast<int>(std::ceil(std::log10(high)));
  const auto grid = [&](std::initializer_list<double> factors) {
    std::vector<double> all;
    for (int decade = first; decade <= last; ++decade)
      for (const double factor : factors) all.push_back(factor * std::pow(10.0, decade));
    return inside(all, low, high);
  };
  const std::vector<double> decades = grid({1});
  if (decades.size() < 3) {
    const std::vector<double> ticks = grid({1, 2, 5});
    return ticks.size() < 2 ? linear_ticks(low, high, about) : ticks;
  }
  const std::size_t limit = static_cast<std::size_t>(about) + 1;
  const std::size_t stride = (decades.size() + limit - 1) / limit;
  std::vector<double> ticks;
  for (std::size_t i = 0; i < decades.size(); i += stride) ticks.push_back(decades[i]);
  return ticks;
}

std::vector<std::string> linear_labels(const std::vector<double>& ticks) {
  double largest = 0, step = 0;
  for (std::size_t i = 0; i < ticks.size(); ++i) {
    largest = std::max(largest, std::abs(ticks[i]));
    if (i > 0) step = i == 1 ? ticks[1] - ticks[0] : std::min(step, ticks[i] - ticks[i - 1]);
  }
  std::vector<std::string> labels;
  if (!(step > 0)) {
    for (const double tick : ticks) labels.push_back(format_number(tick));
    return labels;
  }
  const int step_digit = static_cast<int>(std::floor(std::log10(step) + 1e-9));
  const int top_digit = static_cast<int>(std::floor(std::log10(largest) + 1e-9));
  const int digits = std::max(1, top_digit - step_digit + 1);
  const bool scientific = digits <= 6 && (step_digit < -4 || top_digit >= 6 || (top_digit < -2 && step_digit < -3));
  for (const double tick : ticks) {
    if (!scientific)
      labels.push_back(fmt::format("{:.{}f}", tick, std::max(0, -step_digit)));
    else
      labels.push_back(format_scientific(tick, digits));
  }
  return labels;
}

}  // namespace fno::report
