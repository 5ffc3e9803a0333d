#include "tools/training/setup.h"

#include <gtest/gtest.h>

#include "tests/tools/command_words.h"

namespace fno::training {
namespace {

settings::Settings flags(std::vector<std::string> more) {
  more.insert(more.begin(), {"train", "--task", "ptychography", "--architecture", "hybrid", "--data", "d",
                             "--test-data", "t", "--output-dir", "r"});
  return test::train_settings(more);
}

// Section 10.1 of the specification, items 1 to 3: what the front end says is what the parts are made of.
TEST(Setup, ScheduleSettingsHoldWhatWasAsked) {
  const ScheduleSettings s = schedule_settings(
      flags({"--torch-scheduler", "WarmupCosine", "--torch-lr-warmup-epochs", "5", "--torch-lr-min-ratio", "0.05",
             "--torch-learning-rate", "5e-4", "--torch-epochs", "20"}));
  EXPECT_EQ(s.kind, ScheduleKind::warmup_cosine);
  EXPECT_EQ(s.base, 5e-4);
  EXPECT_EQ(s.epochs, 20);
  EXPECT_EQ(s.warmup, 5);
  EXPECT_EQ(s.min_ratio, 0.05);
  EXPECT_FALSE(s.frozen);
  const ScheduleSettings p =
      schedule_settings(flags({"--scheduler", "ReduceLROnPlateau", "--plateau-factor", "0.25", "--plateau-patience",
                               "5", "--plateau-min-lr", "1e-5", "--plateau-threshold", "1e-3"}));
  EXPECT_EQ(p.kind, ScheduleKind::plateau);
  EXPECT_EQ(p.factor, 0.25);
  EXPECT_EQ(p.patience, 5);
  EXPECT_EQ(p.min_rate, 1e-5);
  EXPECT_EQ(p.threshold, 1e-3);
  EXPECT_EQ(schedule_settings(flags({"--scheduler", "Exponential"})).kind, ScheduleKind::exponential);
  EXPECT_EQ(schedule_settings(flags({})).kind, ScheduleKind::constant);
  EXPECT_TRUE(schedule_settings(flags({"--schedule-mode", "frozen_first_value"})).frozen);
}

TEST(Setup, OptimizerSettingsHoldWhatWasAsked) {
  const OptimizerSettings sgd =
      optimizer_settings(flags({"--optimizer", "sgd", "--momentum", "0.8", "--weight-decay", "1e-4"}));
  EXPECT_EQ(sgd.kind, OptimizerKind::sgd);
  EXPECT_EQ(sgd.momentum, 0.8);
  EXPECT_EQ(sgd.weight_decay, 1e-4);
  const OptimizerSettings adamw =
      optimizer_settings(flags({"--optimizer", "adamw", "--beta1", "0.8", "--beta2", "0.9"}));
  EXPECT_EQ(adamw.kind, OptimizerKind::adamw);
  EXPECT_EQ(adamw.beta1, 0.8);
  EXPECT_EQ(adamw.beta2, 0.9);
  const OptimizerSettings standard = optimizer_settings(flags({}));
  EXPECT_EQ(standard.kind, OptimizerKind::adam);
  EXPECT_EQ(standard.beta1, 0.9);
  EXPECT_EQ(standard.beta2, 0.999);
  EXPECT_EQ(standard.weight_decay, 0);
}

TEST(Setup, ClipSettingsHoldWhatWasAsked) {
  const std::pair<const char*, ClipRule> rules[] = {
      {"norm", ClipRule::norm}, {"value", ClipRule::value}, {"agc", ClipRule::agc}, {"agc_unit", ClipRule::agc_unit}};
  for (const auto& [name, rule] : rules) {
    const ClipSettings s = clip_settings(flags({"--torch-grad-clip", "50.0", "--torch-grad-clip-algorithm", name}));
    EXPECT_EQ(s.rule, rule) << name;
    EXPECT_EQ(s.value, 50.0) << name;
  }
  EXPECT_EQ(clip_settings(flags({})).value, 0);
}

}  // namespace
}  // namespace fno::training
