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

// Specification of the Stage A study, section 10.1, item 4, and section 5.3: four digits are given.
TEST(Schedules, WarmUpAndCosineOfTheSpecification) {
  struct Table {
    ScheduleSettings settings;
    std::vector<double> rates;
  };
  const auto cosine = [](double base, int epochs, int warmup, double ratio) {
    return ScheduleSettings{
        .kind = ScheduleKind::warmup_cosine, .base = base, .epochs = epochs, .warmup = warmup, .min_ratio = ratio};
  };
  const Table tables[] = {
      {cosine(1e-3, 10, 2, 0.05),
       {1e-4, 5.5e-4, 1e-3, 9.638e-4, 8.609e-4, 7.068e-4, 5.25e-4, 3.432e-4, 1.891e-4, 8.616e-5, 5e-5}},
      {cosine(1e-3, 10, 0, 0.05),
       {1e-3, 9.768e-4, 9.093e-4, 8.042e-4, 6.718e-4, 5.25e-4, 3.782e-4, 2.458e-4, 1.407e-4, 7.325e-5, 5e-5}},
      {cosine(5e-4, 20, 5, 0.05),
       {5e-5,     1.4e-4,   2.3e-4,   3.2e-4,   4.1e-4,   5e-4,     4.948e-4, 4.795e-4, 4.546e-4, 4.214e-4, 3.813e-4,
        3.359e-4, 2.873e-4, 2.377e-4, 1.891e-4, 1.438e-4, 1.036e-4, 7.036e-5, 4.553e-5, 3.019e-5, 2.5e-5}},
  };
  for (const Table& table : tables)
    for (std::size_t e = 0; e < table.rates.size(); ++e)
      EXPECT_NEAR(scheduled_rate(table.settings, static_cast<int>(e)), table.rates[e], 4e-4 * table.rates[e]) << e;
}

TEST(Schedules, AFrozenOneKeepsItsFirstRate) {
  for (ScheduleSettings s :
       {ScheduleSettings{.kind = ScheduleKind::exponential, .base = 1},
        ScheduleSettings{.kind = ScheduleKind::warmup_cosine, .base = 1, .epochs = 9},
        ScheduleSettings{.kind = ScheduleKind::warmup_cosine, .base = 1, .epochs = 9, .warmup = 4}}) {
    const double first = s.warmup == 0 ? 1 : 0.1;
    EXPECT_NE(Schedule(s).rate(3), first);
    s.mode = ScheduleMode::frozen_first_value;
    for (const int epoch : {0, 1, 3, 8, 20}) EXPECT_EQ(Schedule(s).rate(epoch), first);
  }
  // The plateau had a step of its own in the study, so freezing does not hold it.
  Schedule plateau({.kind = ScheduleKind::plateau,
                    .base = 1,
                    .factor = 0.5,
                    .patience = 0,
                    .mode = ScheduleMode::frozen_first_value});
  plateau.observe(1);
  plateau.observe(1);
  EXPECT_EQ(plateau.rate(2), 0.5);
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
