#include "tools/report/statistics.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <map>

#include "framework/error.h"

namespace fno::report {

std::optional<double> median(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  std::ranges::sort(values);
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

std::string Rate::count() const { return fmt::format("{} of {}", k, n); }

std::string Rate::interval() const {
  const Interval i = wilson_interval(k, n);
  return fmt::format("{:.0f} to {:.0f} %", 100 * i.low, 100 * i.high);
}

Interval wilson_interval(int k, int n) {
  require<ErrorKind::config>(k >= 0 && k <= n, "Wilson interval: ", k, " of ", n,
                             "; the count must be from 0 to the number of runs");
  if (n == 0) return {};
  constexpr double z = 1.96, zz = z * z;
  const double centre = (k + zz / 2) / (n + zz);
  const double half = z * std::sqrt(static_cast<double>(k) * (n - k) / n + zz / 4) / (n + zz);
  return {std::max(0.0, centre - half), std::min(1.0, centre + half)};
}

std::vector<SurvivalStep> survival_table(std::span<const RunLifetime> runs) {
  std::map<int, int> events;
  for (const RunLifetime& run : runs) {
    require<ErrorKind::config>(run.epoch >= 0, "survival table: epoch ", run.epoch, ", it must not be negative");
    if (run.event) ++events[run.epoch];
  }
  std::vector<SurvivalStep> table{{.epoch = 0, .at_risk = static_cast<int>(runs.size())}};
  for (const auto& [epoch, lost] : events) {
    SurvivalStep step{.epoch = epoch, .events = lost};
    step.at_risk =
        static_cast<int>(std::count_if(runs.begin(), runs.end(), [e = epoch](const auto& r) { return r.epoch >= e; }));
    step.surviving = table.back().surviving * (step.at_risk - lost) / step.at_risk;
    table.push_back(step);
  }
  return table;
}

}  // namespace fno::report
