#include "optim/schedule.h"

#include <cmath>
#include <gtest/gtest.h>

#include "tests/support/golden_cases.h"
#include "tests/support/near.h"

namespace fno::test {
namespace {

ScheduleSettings settings_of(const std::string& name, const std::vector<double>& p) {
  ScheduleSettings s;
  if (name == "exponential") {
    s.kind = ScheduleKind::exponential;
    s.base = p[0];
    s.gamma = p[1];
  } else if (name.starts_with("warmcos")) {
    s.kind = ScheduleKind::warmup_cosine;
    s.epochs = static_cast<int>(p[0]);
    s.warmup = static_cast<int>(p[1]);
    s.min_ratio = p[2];
    s.base = p[3];
    s.start = p[4];
  } else {
    s.kind = ScheduleKind::plateau;
    s.base = p[0];
    s.factor = p[1];
    s.patience = static_cast<int>(p[2]);
    s.threshold = p[3];
    s.min_rate = p[6];
  }
  return s;
}

TEST(Schedules, GoldenFunctionsOfTheEpoch) {
  const GoldenFile golden("schedules");
  for (const std::string& name : tested_cases("schedules")) {
    if (name.starts_with("plateau")) continue;
    SCOPED_TRACE(name);
    const ScheduleSettings settings = settings_of(name, golden.get(name, "params").values);
    Schedule schedule(settings);
    std::vector<double> pure, in_force;
    const std::vector<double> expected = golden.get(name, "lr").values;
    for (int epoch = 0; epoch < static_cast<int>(expected.size()); ++epoch) {
      pure.push_back(scheduled_rate(settings, epoch));
      in_force.push_back(schedule.rate(epoch));
      schedule.observe(1.0);  // these do not listen
    }
    EXPECT_TRUE(near_mixed(pure, expected, 0, 1e-12));
    EXPECT_EQ(in_force, pure);
  }
}

TEST(Schedules, GoldenPlateaus) {
  const GoldenFile golden("schedules");
  for (const std::string& name : tested_cases("schedules")) {
    if (!name.starts_with("plateau")) continue;
    SCOPED_TRACE(name);
    const std::vector<double> params = golden.get(name, "params").values;
    ScheduleSettings settings = settings_of(name, params);
    // A metric to be raised is one to be lowered with its sign turned: above best·(1 + t) is below -best·(1 + t).
    const bool raise = params[7] == 1;
    if (raise) settings.threshold = -settings.threshold;
    Schedule schedule(settings);
    std::vector<double> rates;
    for (const double metric : golden.get(name, "metric").values) {
      rates.push_back(schedule.rate(static_cast<int>(rates.size())));
      schedule.observe(raise ? -metric : metric);
    }
    EXPECT_TRUE(near_mixed(rates, golden.get(name, "lr").values, 0, 1e-12));
    EXPECT_TRUE(near_mixed({schedule.rate(0)}, {golden.number(name, "lr_last")}, 0, 1e-12));
  }
}

TEST(Schedules, ConstantStays) {
  for (const int epoch : {0, 7, 1000}) EXPECT_EQ(Schedule({.base = 0.25}).rate(epoch), 0.25);
}

TEST(Schedules, NanIsNoImprovement) {
  Schedule schedule({.kind = ScheduleKind::plateau, .base = 1, .factor = 0.5, .patience = 1});
  schedule.observe(std::nan(""));
  schedule.observe(std::nan(""));
  EXPECT_EQ(schedule.rate(2), 0.5);
  schedule.observe(3);
  schedule.observe(std::nan(""));
  schedule.observe(2.9);  // better than 3: the count starts again
  schedule.observe(std::nan(""));
  EXPECT_EQ(schedule.rate(6), 0.5);
  schedule.observe(std::nan(""));
  EXPECT_EQ(schedule.rate(7), 0.25);
}

TEST(Schedules, RestoredPlateauContinues) {
  const ScheduleSettings settings{.kind = ScheduleKind::plateau, .base = 1, .factor = 0.5, .patience = 2};
  const double metrics[] = {1.0, 0.9, 0.95, 0.95, 0.95, 0.8, 0.9, 0.9, 0.9, 0.9};
  for (std::size_t split = 0; split <= std::size(metrics); ++split) {
    Schedule first(settings);
    for (std::size_t i = 0; i < split; ++i) first.observe(metrics[i]);
    Schedule second(settings);
    second.restore(first.state());
    for (std::size_t i = split; i < std::size(metrics); ++i) second.observe(metrics[i]);
    EXPECT_EQ(second.rate(0), 0.25) << "stopped after " << split;
  }
}

}  // namespace
}  // namespace fno::test
