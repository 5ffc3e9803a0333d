#include "tools/tasks/stage_a/ring.h"

#include <gtest/gtest.h>

namespace fno::stage_a {
namespace {

TEST(LossAlarm, RingsAboveFiveTimesTheRunningMedian) {
  LossAlarm alarm;
  for (int step = 0; step < 100; ++step) EXPECT_FALSE(alarm.observe(step, 16, step % 2 == 0 ? 1.0 : 2.0));
  EXPECT_FALSE(alarm.observe(100, 16, 10.0));  // 5 times 2, not above
  const auto rung = alarm.observe(101, 2, 10.1);
  ASSERT_TRUE(rung);
  EXPECT_EQ(rung->step, 101);
  EXPECT_EQ(rung->samples, 2);
  EXPECT_EQ(rung->loss, 10.1);
  EXPECT_EQ(rung->median, 2.0);
}

TEST(LossAlarm, WaitsForEightLossesAndForgetsAfterSixtyFour) {
  LossAlarm alarm;
  for (int step = 0; step < 7; ++step) (void)alarm.observe(step, 16, 1);
  EXPECT_FALSE(alarm.observe(7, 16, 1000));
  EXPECT_TRUE(alarm.observe(8, 16, 1000));
  for (int step = 9; step < 9 + 64; ++step) (void)alarm.observe(step, 16, 1000);
  EXPECT_FALSE(alarm.observe(73, 16, 4000));  // the small losses are gone
}

TEST(LossAlarm, RatioIsToTheMedianOfWhatThereIs) {
  LossAlarm alarm;
  EXPECT_EQ(alarm.ratio(3), 0);
  (void)alarm.observe(0, 16, 2);
  EXPECT_EQ(alarm.ratio(3), 1.5);
}

TEST(SnapshotRing, KeepsThreeStatesAndTheBatchesSinceTheOldest) {
  SnapshotRing ring;
  for (std::int64_t step = 0; step <= 140; ++step) {
    if (SnapshotRing::due(step)) {
      auto state = std::make_shared<training::Checkpoint>();
      state->training.position.step = step;
      ring.keep(state);
    }
    ring.add_batch(step, std::vector<std::int64_t>{step, step + 1});
  }
  ASSERT_EQ(ring.states().size(), 3u);
  EXPECT_EQ(ring.states()[0]->training.position.step, 64);
  EXPECT_EQ(ring.states()[1]->training.position.step, 96);
  EXPECT_EQ(ring.states()[2]->training.position.step, 128);
  ASSERT_EQ(ring.batches().size(), 140u - 64 + 1);
  EXPECT_EQ(ring.batches().front().step, 64);
  EXPECT_EQ(ring.batches().back().samples, (std::vector<std::int64_t>{140, 141}));
}

}  // namespace
}  // namespace fno::stage_a
