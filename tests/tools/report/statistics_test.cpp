#include "tools/report/statistics.h"

#include "tests/support/expect_error.h"

namespace fno::report {
namespace {

using fno::test::throws_error;

TEST(WilsonInterval, PublishedValues) {
  // 1 of 3: 6–79 %; 0 of 3: 0–56 %; 0 of 10: up to 28 %; 0 of 20: up to 16 %.
  const struct {
    int k, n;
    double low, high;
  } cases[] = {{1, 3, 0.0615, 0.7923}, {0, 3, 0, 0.5615}, {0, 10, 0, 0.2775}, {0, 20, 0, 0.1611}};
  for (const auto& c : cases) {
    const Interval i = wilson_interval(c.k, c.n);
    EXPECT_NEAR(i.low, c.low, 2e-4) << c.k << " of " << c.n;
    EXPECT_NEAR(i.high, c.high, 2e-4) << c.k << " of " << c.n;
    const Interval mirrored = wilson_interval(c.n - c.k, c.n);
    EXPECT_NEAR(mirrored.low, 1 - i.high, 1e-12);
    EXPECT_NEAR(mirrored.high, 1 - i.low, 1e-12);
  }
  EXPECT_EQ(wilson_interval(0, 0).low, 0);
  EXPECT_EQ(wilson_interval(0, 0).high, 1);
  EXPECT_TRUE(throws_error(ErrorKind::config, "4 of 3", [] { static_cast<void>(wilson_interval(4, 3)); }));
}

TEST(Rate, AsTablesShowIt) {
  EXPECT_EQ((Rate{1, 3}.count()), "1 of 3");
  EXPECT_EQ((Rate{1, 3}.interval()), "6 to 79 %");
  EXPECT_EQ((Rate{0, 3}.interval()), "0 to 56 %");
  EXPECT_EQ((Rate{0, 10}.interval()), "0 to 28 %");
  EXPECT_EQ((Rate{0, 20}.interval()), "0 to 16 %");
}

TEST(Median, OfOddAndEvenCounts) {
  EXPECT_EQ(median({3, 1, 2}), 2);
  EXPECT_EQ(median({4, 1, 3, 2}), 2.5);
  EXPECT_FALSE(median({}));
}

// Newcombe 1998, table II, method 10: 56/70 - 48/80, 9/10 - 3/10, 10/10 - 0/10.
TEST(DifferenceInterval, PublishedValues) {
  const auto expect = [](const Rate& a, const Rate& b, double low, double high) {
    const Interval i = difference_interval(a, b);
    EXPECT_NEAR(i.low, low, 5e-5);
    EXPECT_NEAR(i.high, high, 5e-5);
  };
  expect({56, 70}, {48, 80}, 0.0524, 0.3339);
  expect({9, 10}, {3, 10}, 0.1705, 0.8090);
  expect({10, 10}, {0, 10}, 0.6075, 1.0000);
  EXPECT_EQ(difference_interval({0, 0}, {1, 2}).low, -1);
}

// Values of scipy.stats.fisher_exact and, for pairs, binomtest(k, n, 1/2).
TEST(ExactTests, ValuesOfScipy) {
  EXPECT_NEAR(fisher_exact({10, 20}, {5, 20}), 0.19079257232761124, 1e-12);
  EXPECT_NEAR(fisher_exact({5, 5}, {0, 5}), 0.007936507936507938, 1e-12);
  EXPECT_NEAR(fisher_exact({4, 5}, {0, 5}), 0.04761904761904762, 1e-12);
  EXPECT_NEAR(fisher_exact({3, 12}, {8, 10}), 0.029973122852379817, 1e-12);
  EXPECT_EQ(fisher_exact({0, 5}, {0, 5}), 1);
  EXPECT_EQ(fisher_exact({0, 0}, {1, 5}), 1);
  EXPECT_NEAR(mcnemar_exact(2, 5), 0.453125, 1e-12);
  EXPECT_NEAR(mcnemar_exact(0, 5), 0.0625, 1e-12);
  EXPECT_EQ(mcnemar_exact(3, 3), 1);
  EXPECT_EQ(mcnemar_exact(0, 0), 1);
}

// By hand: of eight sign patterns of 1, 2, 3 two are as far from zero as 6, four as far as 4 (6, 4, -4, -6).
TEST(ExactTests, SignFlips) {
  EXPECT_EQ(sign_flip_exact(std::vector<double>{1, 2, 3}), 2.0 / 8);
  EXPECT_EQ(sign_flip_exact(std::vector<double>{-1, 2, 3}), 4.0 / 8);
  EXPECT_EQ(sign_flip_exact(std::vector<double>{-0.1, -0.2, -0.3, -0.4, -0.5}), 0.0625);
  EXPECT_EQ(sign_flip_exact({}), 1);
}

TEST(Holm, ByHand) {
  const std::vector<double> adjusted = holm({0.04, 0.01, 0.03});
  EXPECT_NEAR(adjusted[0], 0.06, 1e-15);  // not below the one before it
  EXPECT_NEAR(adjusted[1], 0.03, 1e-15);
  EXPECT_NEAR(adjusted[2], 0.06, 1e-15);
  EXPECT_EQ(holm({0.9, 0.8})[0], 1);
}

TEST(Slope, OfALineAndOfOnePoint) {
  EXPECT_NEAR(slope(std::vector<double>{1, 2, 4}, std::vector<double>{5, 7, 11}).value(), 2, 1e-15);
  EXPECT_FALSE(slope(std::vector<double>{1, 1}, std::vector<double>{5, 7}));
}

TEST(SurvivalTable, ByHand) {
  // Six runs: lost in 2 (twice) and 5; ended unharmed in 3, 5 and 9.
  const std::vector<RunLifetime> runs{{5, true}, {2, true}, {3, false}, {2, true}, {9, false}, {5, false}};
  const std::vector<SurvivalStep> table = survival_table(runs);
  ASSERT_EQ(table.size(), 3U);
  EXPECT_EQ(table[0].epoch, 0);
  EXPECT_EQ(table[0].surviving, 1);
  EXPECT_EQ(table[1].epoch, 2);
  EXPECT_EQ(table[1].at_risk, 6);
  EXPECT_EQ(table[1].events, 2);
  EXPECT_NEAR(table[1].surviving, 4.0 / 6, 1e-15);
  EXPECT_EQ(table[2].epoch, 5);
  EXPECT_EQ(table[2].at_risk, 3);  // the run that ended in 5 unharmed was still there
  EXPECT_NEAR(table[2].surviving, 4.0 / 6 * 2 / 3, 1e-15);
  EXPECT_EQ(survival_table({}).size(), 1U);
  EXPECT_TRUE(throws_error(ErrorKind::config, "epoch -1", [] {
    static_cast<void>(survival_table(std::vector<RunLifetime>{{-1, true}}));
  }));
}

}  // namespace
}  // namespace fno::report
