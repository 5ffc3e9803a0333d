#include <cstdint>
#include <gtest/gtest.h>

#include "cuda/emulation/portable.h"
#include "framework/error.h"
#include "tests/cuda/emulation/kernel_cases.h"
#include "tests/cuda/emulation/kernels/rule_breakers.h"

// The race build: every planted race is reported in the first, forward run, with the lines of both accesses.
namespace fno::emulation_test {
namespace {

template <class Act>
std::string reported(Act act) {
  try {
    act();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

void expect_report(const std::string& message, const std::vector<std::string>& parts) {
  for (const std::string& part : parts)
    EXPECT_NE(message.find(part), std::string::npos) << part << "\nnot in: " << message;
}

TEST(Race, BarrierBeforePartials) {
  expect_report(reported([] { block_sums_case<Bug::no_barrier_before_partials>(1000).run(); }),
                {"kernel block_sums_kernel<Bug::no_barrier_before_partials>, block (0,0,0), thread (",
                 "planted.cu:", "reads shared memory that no thread of the block has written"});
}

TEST(Race, BarrierAfterFill) {
  expect_report(reported([] { gemm_tiled_case<Bug::no_barrier_after_fill>(17, 33, 50).run(); }),
                {"it reads", "gemm.cu:"});
}

TEST(Race, BarrierAtLoopEndNamesBothLines) {
  const std::string message = reported([] { gemm_tiled_case<Bug::no_barrier_at_loop_end>(17, 33, 50).run(); });
  expect_report(message, {"race: it reads", "fills by a cp.async under way", " and "});
  const std::size_t first = message.find("gemm.cu:");
  ASSERT_NE(first, std::string::npos) << message;
  EXPECT_NE(message.find("gemm.cu:", first + 1), std::string::npos) << message;
}

TEST(Race, BarrierAtLoopEndBehindShuffles) {
  expect_report(reported([] { smooth_case<Bug::no_barrier_at_loop_end>(6).run(); }),
                {"race: it writes", "read with no synchronisation between; at ", "planted.cu:"});
}

TEST(Race, LaxWait) {
  expect_report(reported([] { gemm_tiled_case<Bug::wait_too_lax>(17, 33, 50).run(); }),
                {"fills by a cp.async under way", "gemm.cu:"});
}

TEST(Race, MissingWarpSync) {
  expect_report(reported([] { reverse_runs_case<Bug::no_warp_sync>(64).run(); }), {"it reads", "planted.cu:"});
}

TEST(Race, BetweenBlocks) {
  expect_report(reported([] {
                  DeviceArray<float> x(noise(100, 13));
                  stencil_in_place(x.data(), 100, {});
                }),
                {"block (1,0,0), thread (0,0,0)", "race: it writes", "thread (31,0,0) of block (0,0,0) read"});
}

TEST(Race, RaggedBlockPastItsArray) {
  expect_report(reported([] { block_sums_case<Bug::off_by_one>(300).run(); }),
                {"it reads", "outside of every allocation", "planted.cu:"});
}

TEST(Race, UnwrittenSharedMemory) {
  DeviceArray<unsigned> out(1);
  expect_report(reported([&] { read_unwritten_shared(out.data(), 1); }), {"no thread of the block has written"});
}

TEST(Race, HostPointerInAKernel) {
  DeviceArray<float> out(1);
  const std::vector<float> host(1, 2.0f);
  expect_report(reported([&] { read_one(host.data(), out.data()); }), {"host memory", "rule_breakers.cu:"});
}

// A shuffle is no memory barrier: the neighbour's write is not ordered by it.
__global__ void shuffle_orders_nothing_kernel(int* out) {
  CU_SHARED(int, cell, [32]);
  cell[threadIdx.x] = int(threadIdx.x);
  const int next = __shfl_sync(0xffffffffu, int(threadIdx.x), int(threadIdx.x) + 1);
  out[threadIdx.x] = cell[next];
}
CU_KERNEL(shuffle_orders_nothing_kernel);

TEST(Race, ShufflesDoNotOrderMemory) {
  DeviceArray<int> out(32);
  expect_report(
      reported([&] { cu::launch(shuffle_orders_nothing_kernel, dim3(1), dim3(32), 0, cu::Stream{}, out.data()); }),
      {"race: it reads", "wrote with no synchronisation between"});
}

// Warps are not ordered by __syncwarp, lanes outside its mask neither.
__global__ void sync_in_halves_kernel(int* out, int reach) {
  CU_SHARED(int, cell, [64]);
  const int thread = int(threadIdx.x);
  cell[thread] = thread;
  __syncwarp(thread % 32 < 16 ? 0x0000ffffu : 0xffff0000u);
  if (thread == 0) out[0] = cell[reach];
}
CU_KERNEL(sync_in_halves_kernel);

TEST(Race, SyncWarpOrdersTheLanesOfItsMask) {
  for (const cu::emulated::Options& wanted : cu::emulated::all_options(4)) {
    const cu::emulated::ScopedOptions scope(wanted);
    DeviceArray<int> out(1);
    const auto run = [&](int reach) {
      return reported(
          [&] { cu::launch(sync_in_halves_kernel, dim3(1), dim3(64), 0, cu::Stream{}, out.data(), reach); });
    };
    EXPECT_EQ(run(0), "");
    EXPECT_EQ(run(15), "");
    EXPECT_NE(run(16), "") << wanted.describe();
    EXPECT_NE(run(40), "") << wanted.describe();
  }
}

// All threads of a warp write the same cell.
__global__ void same_cell_kernel(int* out) {
  CU_SHARED(int, cell);
  cell = 1;
  __syncthreads();
  *out = cell;
}
CU_KERNEL(same_cell_kernel);

__global__ void atomic_kernel(int* total, int plain) {
  atomicAdd(total, 1);
  if (plain != 0 && threadIdx.x == 40) *total = 1;
}
CU_KERNEL(atomic_kernel);

TEST(Race, AtomicsRaceOnlyWithPlainAccesses) {
  DeviceArray<int> total(std::vector<int>{0});
  const auto run = [&](int plain) {
    return reported([&] { cu::launch(atomic_kernel, dim3(2), dim3(64), 0, cu::Stream{}, total.data(), plain); });
  };
  EXPECT_EQ(run(0), "");
  EXPECT_EQ(total.to_host()[0], 128);
  expect_report(run(1), {"race: it ", "with no synchronisation between"});
}

TEST(Race, WritesOfOneWarpToOneCell) {
  DeviceArray<int> out(1);
  EXPECT_EQ(reported([&] { cu::launch(same_cell_kernel, dim3(1), dim3(1), 0, cu::Stream{}, out.data()); }), "");
  expect_report(reported([&] { cu::launch(same_cell_kernel, dim3(1), dim3(2), 0, cu::Stream{}, out.data()); }),
                {"race: it writes", "wrote with no synchronisation between"});
}

// One thread a half-word, and no thread twice.
__global__ void own_halves_kernel(std::uint16_t* out) {
  CU_SHARED(std::uint16_t, half, [64]);
  half[threadIdx.x] = std::uint16_t(threadIdx.x);
  __syncthreads();
  out[threadIdx.x] = half[63 - threadIdx.x];
}
CU_KERNEL(own_halves_kernel);

TEST(Race, NeighbouringHalvesAreApart) {
  DeviceArray<std::uint16_t> out(64);
  cu::launch(own_halves_kernel, dim3(1), dim3(64), 0, cu::Stream{}, out.data());
  EXPECT_EQ(out.to_host()[3], 60);
}

}  // namespace
}  // namespace fno::emulation_test
