#include "cuda/emulation/emulated/schedule.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <numeric>
#include <set>

namespace fno::cu::emulated {
namespace {

std::vector<int> drain(Schedule& schedule) {
  std::vector<int> taken;
  for (int thread = schedule.take(); thread >= 0; thread = schedule.take()) taken.push_back(thread);
  return taken;
}

std::vector<int> counting(int count) {
  std::vector<int> numbers(static_cast<std::size_t>(count));
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

TEST(Schedule, EveryThreadComesOnceInEveryOrder) {
  for (const Options& options : all_options(4))
    for (const int threads : {1, 31, 32, 100, 1024}) {
      Schedule schedule;
      schedule.reset(options, static_cast<unsigned>(threads), Dice(options.seed));
      schedule.wake_all();
      std::vector<int> taken = drain(schedule);
      if (options.order == Order::reverse) std::reverse(taken.begin(), taken.end());
      if (options.order == Order::forward || options.order == Order::reverse) {
        EXPECT_EQ(taken, counting(threads));
      }
      std::sort(taken.begin(), taken.end());
      EXPECT_EQ(taken, counting(threads)) << options.describe();
    }
}

TEST(Schedule, WakesTheLanesOfAMask) {
  Schedule schedule;
  schedule.reset({.order = Order::forward}, 96, Dice(0));
  schedule.wake(32, 0x80000005u);
  EXPECT_EQ(drain(schedule), (std::vector<int>{32, 34, 63}));
  schedule.reset({.order = Order::reverse}, 96, Dice(0));
  schedule.wake(32, 0x80000005u);
  EXPECT_EQ(drain(schedule), (std::vector<int>{63, 34, 32}));
}

// A warp whose lanes are woken again is driven on, before any other warp gets a turn.
TEST(Schedule, DeepDrivesOneWarpAsFarAsItGoes) {
  std::set<int> first_warps;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Schedule schedule;
    schedule.reset({.order = Order::deep, .seed = seed}, 128, Dice(seed));
    schedule.wake_all();
    std::vector<int> warps;  // in the order they ran
    for (int turn = 0; turn < 4; ++turn) {
      const int warp = schedule.take() / 32;
      warps.push_back(warp);
      for (int lane = 1; lane < 32; ++lane) ASSERT_EQ(schedule.take() / 32, warp);
      for (int operation = 0; operation < 3; ++operation) {
        schedule.wake(static_cast<unsigned>(warp) * 32, 0xffffffffu);
        for (int lane = 0; lane < 32; ++lane) ASSERT_EQ(schedule.take() / 32, warp);
      }
    }
    EXPECT_EQ(schedule.take(), -1);
    first_warps.insert(warps.front());
    std::sort(warps.begin(), warps.end());
    EXPECT_EQ(warps, counting(4));
  }
  EXPECT_EQ(first_warps.size(), 4u);
}

// Also after a barrier: the warp that came last must not always go first.
TEST(Schedule, DeepDrawsAgainAfterABarrier) {
  std::set<int> first_warps;
  Schedule schedule;
  schedule.reset({.order = Order::deep, .seed = 7}, 128, Dice(7));
  for (int barrier = 0; barrier < 50; ++barrier) {
    schedule.wake_all();
    first_warps.insert(drain(schedule).front() / 32);
  }
  EXPECT_EQ(first_warps.size(), 4u);
}

TEST(BlockOrder, IsAPermutation) {
  for (const Options& options : all_options(3)) {
    const std::vector<std::uint32_t> order = block_order(options, 50);
    std::vector<int> sorted(order.begin(), order.end());
    const bool ascending = std::is_sorted(sorted.begin(), sorted.end());
    EXPECT_EQ(ascending, options.order == Order::forward) << options.describe();
    std::sort(sorted.begin(), sorted.end());
    EXPECT_EQ(sorted, counting(50));
  }
}

}  // namespace
}  // namespace fno::cu::emulated
