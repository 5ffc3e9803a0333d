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
