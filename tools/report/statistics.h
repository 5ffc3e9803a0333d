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

/// 95 % interval of the difference of two independent rates, a minus b: Wilson's of each, put together by squares.
/// Errors   as wilson_interval
/// Source   Newcombe, Interval estimation for the difference between independent proportions, Stat. Med. 17, 1998, no.
/// 10
[[nodiscard]] Interval difference_interval(const Rate& a, const Rate& b);

/// Both in points: "-5 points (-32 to 23)"; "–" where a rate is of nothing.
[[nodiscard]] std::string difference_text(const Rate& a, const Rate& b);

/// Fisher's exact test that two rates are one, two-sided: the probability, margins held, of tables no likelier than
/// this. 1 where a margin is empty. Errors: as wilson_interval.
[[nodiscard]] double fisher_exact(const Rate& a, const Rate& b);

/// McNemar's exact test of pairs, two-sided: `only_a` pairs in which a alone had the event, `only_b` likewise.
[[nodiscard]] double mcnemar_exact(int only_a, int only_b);

/// Exact test that paired differences are symmetric about zero, two-sided, by the sum over all signs.
/// Errors   config for more than 20 differences
[[nodiscard]] double sign_flip_exact(std::span<const double> differences);

/// Holm's correction: the values adjusted for being so many, in their order.
/// Source   Holm, A simple sequentially rejective multiple test procedure, Scand. J. Stat. 6, 1979
[[nodiscard]] std::vector<double> holm(const std::vector<double>& p);

/// Slope of the least-squares line of y on x; nothing for fewer than two different x.
[[nodiscard]] std::optional<double> slope(std::span<const double> x, std::span<const double> y);

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
