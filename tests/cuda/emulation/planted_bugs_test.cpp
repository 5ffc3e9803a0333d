#include <functional>
#include <gtest/gtest.h>
#include <stdexcept>
#include <thread>

#include "cuda/emulation/emulated/options.h"
#include "cuda/emulation/portable.h"
#include "framework/error.h"
#include "tests/cuda/emulation/kernel_cases.h"
#include "tests/cuda/emulation/kernels/rule_breakers.h"

// The plain build: bugs show as wrong numbers, or as numbers that depend on the order, or as broken rules.
namespace fno::emulation_test {
namespace {

using cu::emulated::AsyncCopy;
using cu::emulated::Options;
using cu::emulated::Order;
using cu::emulated::ScopedOptions;

/// True if a run with these options is reported or wrong.
bool seen(const Case& one, const Options& wanted) {
  const ScopedOptions scope(wanted);
  try {
    return first_wrong(one, one.run()) >= 0;
  } catch (const Error&) {
    return true;
  }
}

int times_seen(const Case& one, const std::vector<Options>& all) {
  int count = 0;
  for (const Options& wanted : all) count += seen(one, wanted) ? 1 : 0;
  return count;
}

std::vector<Options> deep(int seeds) {
  std::vector<Options> all;
  for (int seed = 1; seed <= seeds; ++seed) all.push_back({.order = Order::deep, .seed = std::uint64_t(seed)});
  return all;
}

TEST(PlantedBug, BarrierBeforePartialsIsSeen) {
  EXPECT_EQ(times_seen(block_sums_case<Bug::no_barrier_before_partials>(1000), deep(8)), 8);
}

TEST(PlantedBug, BarrierAfterFillIsSeen) {
  EXPECT_EQ(times_seen(gemm_tiled_case<Bug::no_barrier_after_fill>(17, 33, 50), deep(8)), 8);
}

TEST(PlantedBug, BarrierAtLoopEndOfADoubleBufferIsSeen) {
  EXPECT_EQ(times_seen(gemm_tiled_case<Bug::no_barrier_at_loop_end>(17, 33, 50), deep(20)), 20);
}

// Why deep orders exist: warps that advance equally never show this one.
TEST(PlantedBug, BarrierAtLoopEndBehindShufflesIsSeenByDeepOrdersOnly) {
  const Case one = smooth_case<Bug::no_barrier_at_loop_end>(6);
  EXPECT_EQ(times_seen(one, deep(20)), 20);
  EXPECT_FALSE(seen(one, {.order = Order::forward}));
  EXPECT_FALSE(seen(one, {.order = Order::reverse}));
  for (std::uint64_t seed = 1; seed <= 20; ++seed) EXPECT_FALSE(seen(one, {.order = Order::random, .seed = seed}));
}

TEST(PlantedBug, LaxWaitIsSeenByLateCopies) {
  const Case one = gemm_tiled_case<Bug::wait_too_lax>(17, 33, 50);
  EXPECT_TRUE(seen(one, {.order = Order::forward, .seed = 0, .async_copy = AsyncCopy::late}));
  EXPECT_FALSE(seen(one, {.order = Order::forward, .seed = 0, .async_copy = AsyncCopy::early}));
}

TEST(PlantedBug, MissingWarpSyncIsSeenByPoison) {
  for (const Options& wanted : cu::emulated::all_options())
    EXPECT_TRUE(seen(reverse_runs_case<Bug::no_warp_sync>(64), wanted)) << wanted.describe();
}

TEST(PlantedBug, WrongLaneMaskIsReported) {
  for (const Options& wanted : cu::emulated::all_options())
    EXPECT_TRUE(seen(block_sums_case<Bug::wrong_lane_mask>(1000), wanted)) << wanted.describe();
}

TEST(PlantedBug, RaceBetweenBlocksDependsOnTheirOrder) {
  const std::vector<float> x = noise(100, 13);
  std::vector<std::vector<float>> results;
  for (const Order order : {Order::forward, Order::reverse}) {
    const ScopedOptions scope({.order = order});
    DeviceArray<float> device(x);
    stencil_in_place(device.data(), 100, {});
    results.push_back(device.to_host());
  }
  EXPECT_FALSE(same_bits(results[0], results[1]));
}

TEST(Poison, EachBlockFindsItInSharedMemory) {
  DeviceArray<unsigned> out(3);
  read_unwritten_shared(out.data(), 3);
  EXPECT_EQ(out.to_host(), std::vector<unsigned>(3, 0xffffffffu));
}

// Host things in a kernel. In the race build both are reported sooner, as accesses to host memory.
__global__ void throwing_kernel() { throw std::runtime_error("on a device there is no such thing"); }
CU_KERNEL(throwing_kernel);
__global__ void nested_kernel() { cu::launch(&throwing_kernel, dim3(1), dim3(1), 0, cu::Stream{}); }
CU_KERNEL(nested_kernel);

std::string report_of(void (*kernel)()) {
  try {
    cu::launch(kernel, dim3(1), dim3(64), 0, cu::Stream{});
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Launch, ReportsExceptionsAndLaunchesFromKernels) {
  EXPECT_NE(report_of(throwing_kernel).find("an exception leaves the kernel: on a device"), std::string::npos);
  EXPECT_NE(report_of(nested_kernel).find("a kernel launches a kernel"), std::string::npos);
}

TEST(Launch, OsThreadsTakeTurns) {
  const Case one = instance_norm_case(20, 500);
  int wrong[2] = {-1, -1};
  {
    const auto repeat = [&one](int& first) {
      for (int i = 0; i < 20 && first < 0; ++i) first = first_wrong(one, one.run());
    };
    std::thread a(repeat, std::ref(wrong[0])), b(repeat, std::ref(wrong[1]));
    a.join(), b.join();
  }
  EXPECT_EQ(wrong[0], -1);
  EXPECT_EQ(wrong[1], -1);
}

}  // namespace
}  // namespace fno::emulation_test
