#include "tools/report/statistics.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <map>
#include <numeric>

#include "framework/error.h"
#include "tools/report/text.h"

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

Interval difference_interval(const Rate& a, const Rate& b) {
  const Interval of_a = wilson_interval(a.k, a.n), of_b = wilson_interval(b.k, b.n);
  if (a.n == 0 || b.n == 0) return {-1, 1};
  const double pa = static_cast<double>(a.k) / a.n, pb = static_cast<double>(b.k) / b.n;
  return {pa - pb - std::hypot(pa - of_a.low, of_b.high - pb), pa - pb + std::hypot(of_a.high - pa, pb - of_b.low)};
}

std::string difference_text(const Rate& a, const Rate& b) {
  if (a.n == 0 || b.n == 0) return kNoValue;
  const Interval i = difference_interval(a, b);
  const double d = static_cast<double>(a.k) / a.n - static_cast<double>(b.k) / b.n;
  return fmt::format("{:.0f} points ({:.0f} to {:.0f})", 100 * d, 100 * i.low, 100 * i.high);
}

namespace {

double log_choose(int n, int k) { return std::lgamma(n + 1.0) - std::lgamma(k + 1.0) - std::lgamma(n - k + 1.0); }

// Sums that are equal but for rounding count as equal.
constexpr double kAlike = 1e-9;

}  // namespace

double fisher_exact(const Rate& a, const Rate& b) {
  (void)wilson_interval(a.k, a.n), (void)wilson_interval(b.k, b.n);
  const int events = a.k + b.k;
  const auto log_p = [&](int k) {
    return log_choose(a.n, k) + log_choose(b.n, events - k) - log_choose(a.n + b.n, events);
  };
  double sum = 0;
  for (int k = std::max(0, events - b.n); k <= std::min(events, a.n); ++k)
    if (log_p(k) <= log_p(a.k) + kAlike) sum += std::exp(log_p(k));
  return std::min(1.0, sum);
}

double mcnemar_exact(int only_a, int only_b) {
  const int n = only_a + only_b;
  double tail = 0;
  for (int k = 0; k <= std::min(only_a, only_b); ++k) tail += std::exp(log_choose(n, k) - n * std::log(2.0));
  return std::min(1.0, 2 * tail);
}

double sign_flip_exact(std::span<const double> differences) {
  constexpr std::size_t kMost = 20;
  require<ErrorKind::config>(differences.size() <= kMost, "sign-flip test: ", differences.size(),
                             " differences, accepted: up to ", kMost);
  const double seen = std::abs(std::accumulate(differences.begin(), differences.end(), 0.0));
  const std::size_t all = std::size_t{1} << differences.size();
  std::size_t as_far = 0;
  for (std::size_t signs = 0; signs < all; ++signs) {
    double sum = 0;
    for (std::size_t i = 0; i < differences.size(); ++i)
      sum += (signs >> i & 1) != 0 ? differences[i] : -differences[i];
    if (std::abs(sum) >= seen * (1 - kAlike)) ++as_far;
  }
  return static_cast<double>(as_far) / static_cast<double>(all);
}

std::vector<double> holm(const std::vector<double>& p) {
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return p[i]; });
  std::vector<double> adjusted(p.size());
  double least = 0;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    least = std::max(least, std::min(1.0, static_cast<double>(p.size() - rank) * p[order[rank]]));
    adjusted[order[rank]] = least;
  }
  return adjusted;
}

std::optional<double> slope(std::span<const double> x, std::span<const double> y) {
  require<ErrorKind::config>(x.size() == y.size(), "slope: ", x.size(), " x and ", y.size(), " y");
  const auto n = static_cast<double>(x.size());
  const double mean_x = std::accumulate(x.begin(), x.end(), 0.0) / n;
  const double mean_y = std::accumulate(y.begin(), y.end(), 0.0) / n;
  double xx = 0, xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - mean_x) * (x[i] - mean_x);
    xy += (x[i] - mean_x) * (y[i] - mean_y);
  }
  return xx > 0 ? std::optional(xy / xx) : std::nullopt;
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
