#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace fno::report {

/// A median; of an even number of values the mean of the two in the middle. Nothing without values.
[[nodiscard]] std::optional<double> median(std::vector<double> values);

struct Interval {
  double low = 0, high = 1;
};

/// 95 % interval of a rate of which k of n were seen: centre (k + z²/2)/(n + z²), half width
/// z·√(k(n-k)/n + z²/4)/(n + z²), z = 1.96. [0, 1] for n = 0.
/// Errors   config unless 0 <= k <= n
/// Source   Wilson, Probable Inference, JASA 22, 1927
[[nodiscard]] Interval wilson_interval(int k, int n);

/// k of n, as tables show it.
struct Rate {
  int k = 0, n = 0;
  [[nodiscard]] std::string count() const;     ///< "2 of 5"
  [[nodiscard]] std::string interval() const;  ///< Wilson's: "12 to 77 %"
};

/// How long a run was watched and how that ended.
struct RunLifetime {
  int epoch = 0;       ///< of the event, or the last one observed without
  bool event = false;  ///< it collapsed (or became NaN, or never learned) in that epoch
};

struct SurvivalStep {
  int epoch = 0;
  int at_risk = 0;       ///< runs watched up to this epoch and alive before it
  int events = 0;        ///< of them, lost in it
  double surviving = 1;  ///< fraction alive after it
};

/// The product-limit estimate of the fraction of runs still alive after each epoch in which one was lost. Runs that
/// ended earlier without an event leave the number at risk after their last epoch. Begins with epoch 0 at 1.
/// Errors   config if an epoch is negative
/// Source   Kaplan, Meier, JASA 53, 1958
[[nodiscard]] std::vector<SurvivalStep> survival_table(std::span<const RunLifetime> runs);

}  // namespace fno::report
