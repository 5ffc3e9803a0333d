#include "tools/report/ticks.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>

namespace fno::report {
namespace {

using Labels = std::vector<std::string>;

void expect_ticks(const std::vector<double>& ticks, const std::vector<double>& expected) {
  ASSERT_EQ(ticks.size(), expected.size());
  for (std::size_t i = 0; i < ticks.size(); ++i) EXPECT_NEAR(ticks[i], expected[i], 1e-12 * std::abs(expected[i]));
}

TEST(LinearTicks, AreTheOnesAPersonWouldWrite) {
  expect_ticks(linear_ticks(0, 1, 5), {0, 0.2, 0.4, 0.6, 0.8, 1});
  expect_ticks(linear_ticks(1, 50, 8), {10, 20, 30, 40, 50});
  expect_ticks(linear_ticks(-1.07, 1.07, 4), {-1, 0, 1});
  expect_ticks(linear_ticks(7.08, 7.52, 6), {7.1, 7.2, 7.3, 7.4, 7.5});
  expect_ticks(linear_ticks(0, 4.7e-4, 5), {0, 1e-4, 2e-4, 3e-4, 4e-4});
}

TEST(LinearTicks, LieInsideRiseAndAreFewOnManyRanges) {
  for (const double low : {-1234.5, -1.0, -3e-7, 0.0, 2e-9, 0.37, 999.0})
    for (const double range : {1e-6, 0.013, 0.99, 1.0, 7.7, 1e3, 2.5e8})
      for (const int about : {2, 5, 8}) {
        const auto ticks = linear_ticks(low, low + range, about);
        ASSERT_GE(ticks.size(), 1u) << low << ' ' << range << ' ' << about;
        EXPECT_LE(ticks.size(), static_cast<std::size_t>(about) + 1);
        EXPECT_GE(ticks.front(), low - 1e-8 * range);
        EXPECT_LE(ticks.back(), low + range * (1 + 1e-8));
        for (std::size_t i = 1; i < ticks.size(); ++i) EXPECT_GT(ticks[i], ticks[i - 1]);
      }
}

TEST(LinearTicks, CountWholeThingsWholly) {
  expect_ticks(linear_ticks(1, 3, 8, true), {1, 2, 3});
  expect_ticks(linear_ticks(0.5, 1.5, 8, true), {1});
}

TEST(LinearTicks, SurviveRangesThatAreNone) {
  expect_ticks(linear_ticks(3, 3, 5), {3});
  expect_ticks(linear_ticks(1, 1 + 1e-15, 5), {1});
  EXPECT_EQ(linear_ticks(0, std::numeric_limits<double>::infinity(), 5).size(), 1u);
}

TEST(LogTicks, AreDecadesOnWideRanges) {
  expect_ticks(log_ticks(0.0009, 12, 6), {0.001, 0.01, 0.1, 1, 10});
  EXPECT_LE(log_ticks(1e-15, 1, 6).size(), 7u);
  const auto wide = log_ticks(1e-15, 1, 6);
  for (std::size_t i = 1; i < wide.size(); ++i)
    EXPECT_NEAR(wide[i] / wide[i - 1], wide[1] / wide[0], 1e-6 * wide[1] / wide[0]);
}

TEST(LogTicks, AddTwosAndFivesOnNarrowRanges) {
  expect_ticks(log_ticks(0.009, 0.3, 6), {0.01, 0.02, 0.05, 0.1, 0.2});
  expect_ticks(log_ticks(0.21, 0.24, 3), {0.21, 0.22, 0.23, 0.24});
}

TEST(LinearLabels, ShareTheirDecimals) {
  EXPECT_EQ(linear_labels({0, 0.2, 0.4}), (Labels{"0.0", "0.2", "0.4"}));
  EXPECT_EQ(linear_labels({0, 25, 50}), (Labels{"0", "25", "50"}));
  EXPECT_EQ(linear_labels({-0.05, 0, 0.05}), (Labels{"-0.05", "0.00", "0.05"}));
  EXPECT_EQ(linear_labels({0.1 * 3, 0.1 * 4}), (Labels{"0.3", "0.4"}));
}

TEST(LinearLabels, TurnScientificWhereDecimalsWouldBeLong) {
  EXPECT_EQ(linear_labels({0, 1e-4, 2e-4}), (Labels{"0", "1e-4", "2e-4"}));
  EXPECT_EQ(linear_labels({0, 5e-6, 1e-5, 1.5e-5}), (Labels{"0", "5e-6", "1e-5", "1.5e-5"}));
  EXPECT_EQ(linear_labels({0, 5e-5, 1e-4, 1.5e-4}), (Labels{"0", "5e-5", "1e-4", "1.5e-4"}));
  EXPECT_EQ(linear_labels({1e9 + 1, 1e9 + 2}), (Labels{"1000000001", "1000000002"}));
  EXPECT_EQ(linear_labels({0, 1e6, 2e6}), (Labels{"0", "1e6", "2e6"}));
}

}  // namespace
}  // namespace fno::report
