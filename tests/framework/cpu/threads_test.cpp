#include "framework/cpu/threads.h"

#include <atomic>
#include <gtest/gtest.h>
#include <mutex>
#include <numeric>
#include <thread>
#include <vector>

namespace fno::cpu {
namespace {

constexpr int kCounts[] = {1, 2, 3, 5, 8};

TEST(Threads, EveryUnitIsVisitedOnceInRangesOfAtLeastTheGrain) {
  for (const int count : kCounts) {
    Threads team(count);
    EXPECT_EQ(team.count(), count);
    for (const std::int64_t units : {0, 1, 2, 3, 7, 64, 1000})
      for (const std::int64_t grain : {0, 1, 3, 50, 5000}) {
        SCOPED_TRACE(testing::Message() << count << " threads, " << units << " units, grain " << grain);
        std::vector<int> visits(static_cast<std::size_t>(units), 0);  // ranges are disjoint: no lock is needed
        std::mutex mutex;
        std::vector<std::int64_t> lengths;
        team.parallel(units, grain, [&](std::int64_t first, std::int64_t last) {
          for (std::int64_t i = first; i < last; ++i) ++visits[static_cast<std::size_t>(i)];
          const std::lock_guard lock(mutex);
          lengths.push_back(last - first);
        });
        EXPECT_EQ(visits, std::vector<int>(visits.size(), 1));
        EXPECT_LE(lengths.size(), static_cast<std::size_t>(count));
        for (const std::int64_t length : lengths) EXPECT_GE(length, std::min(grain, units));
      }
  }
}

TEST(Threads, ManyShortRoundsSeeEachOthersWrites) {
  for (const int count : kCounts) {
    Threads team(count);
    std::vector<std::int64_t> values(64, 0);
    std::int64_t expected = 0;
    for (int round = 1; round <= 500; ++round) {
      // Each round reads what another thread wrote in the round before.
      std::vector<std::int64_t> next(values.size());
      team.parallel(64, 1, [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t i = first; i < last; ++i)
          next[static_cast<std::size_t>(i)] = values[static_cast<std::size_t>(63 - i)] + round;
      });
      values.swap(next);
      expected += round;
    }
    EXPECT_EQ(values, std::vector<std::int64_t>(64, expected)) << count << " threads";
  }
}

TEST(Threads, TeamsWorkSideBySide) {
  std::vector<std::int64_t> sums(4, 0);
  std::vector<std::thread> callers;
  for (std::size_t caller = 0; caller < sums.size(); ++caller)
    callers.emplace_back([&sums, caller] {
      Threads team(static_cast<int>(caller) + 1);
      std::vector<std::int64_t> units(100);
      for (int round = 0; round < 100; ++round)
        team.parallel(100, 1, [&](std::int64_t first, std::int64_t last) {
          for (std::int64_t i = first; i < last; ++i) units[static_cast<std::size_t>(i)] += i;
        });
      sums[caller] = std::accumulate(units.begin(), units.end(), std::int64_t{0});
    });
  for (std::thread& caller : callers) caller.join();
  for (const std::int64_t sum : sums) EXPECT_EQ(sum, 100 * 4950);
}

TEST(Threads, TeamsCanBeMadeAndDroppedUnused) {
  for (int i = 0; i < 20; ++i)
    for (const int count : kCounts) EXPECT_EQ(Threads(count).count(), count);
}

TEST(Threads, HostThreadsTakeTurns) {
  Threads team(3);
  std::atomic<int> wrong{0};
  const auto host = [&](std::int64_t value) {
    std::vector<std::int64_t> values(300);
    for (int round = 0; round < 2000; ++round) {
      team.parallel(300, 1, [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t i = first; i < last; ++i) values[static_cast<std::size_t>(i)] = value + round;
      });
      for (const std::int64_t v : values) wrong += v != value + round;
    }
  };
  std::thread a(host, 0), b(host, 1000000);
  a.join();
  b.join();
  EXPECT_EQ(wrong.load(), 0);
}

}  // namespace
}  // namespace fno::cpu
