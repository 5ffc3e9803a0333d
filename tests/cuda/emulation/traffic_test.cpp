#include "cuda/emulation/emulated/traffic.h"

#include <gtest/gtest.h>

#include "cuda/emulation/portable.h"
#include "framework/error.h"
#include "tests/cuda/emulation/device_array.h"

// Kernels whose traffic is known by hand.
namespace fno::emulation_test {
namespace {

using cu::emulated::Counting;
using cu::emulated::LaunchCounts;

constexpr int kThreads = 64, kBlocks = 3, kAll = kThreads * kBlocks;

__global__ void copy_kernel(const float* x, float* y, int stride, int first) {
  const int i = int(blockIdx.x * blockDim.x + threadIdx.x);
  y[i] = x[first + i * stride];
}
CU_KERNEL(copy_kernel);

struct alignas(16) Four {
  float v[4];
};
__global__ void copy_wide_kernel(const Four* x, Four* y) {
  const int i = int(blockIdx.x * blockDim.x + threadIdx.x);
  cu::store(y + i, cu::load(x + i));
}
CU_KERNEL(copy_wide_kernel);

__global__ void same_row_kernel(const float* x, float* y) {  // every block reads the same
  y[blockIdx.x * blockDim.x + threadIdx.x] = x[threadIdx.x];
}
CU_KERNEL(same_row_kernel);

__global__ void turn_kernel(const float* x, float* y, int pitch) {
  CU_SHARED(float, tile, [32 * 33]);
  const int lane = int(threadIdx.x);
  tile[lane * pitch] = x[lane];  // a column
  __syncthreads();
  cu::note_multiply_adds(2);
  y[lane] = tile[lane * pitch];
}
CU_KERNEL(turn_kernel);

template <class Launch>
LaunchCounts counted(Launch launch) {
  const Counting counting;
  launch();
  return counting.launches().at(0);
}

LaunchCounts copy(int stride, int first) {
  DeviceArray<float> x(std::vector<float>(std::size_t(kAll * stride + first), 1.0f)), y(std::size_t{kAll});
  return counted([&] {
    cu::launch(copy_kernel, dim3(kBlocks), dim3(kThreads), 0, cu::Stream{}, x.data(), y.data(), stride, first);
  });
}

TEST(Traffic, NeighboursMakeWholeSectors) {
  const LaunchCounts c = copy(1, 0);
  EXPECT_EQ(c.kernel, "copy_kernel");
  EXPECT_EQ(c.blocks, kBlocks);
  EXPECT_EQ(c.threads, kThreads);
  for (const auto& side : {c.loads, c.stores}) {
    EXPECT_EQ(side.requests, kAll / 32);
    EXPECT_EQ(side.asked, 4 * kAll);
    EXPECT_EQ(side.sent, 4 * kAll);
    EXPECT_EQ(side.of_blocks, 4 * kAll);
    EXPECT_EQ(side.compulsory, 4 * kAll);
    EXPECT_EQ(side.sectors_per_request(), 4);
  }
  EXPECT_EQ(c.barriers, 0);
  EXPECT_EQ(c.shared_requests, 0);
}

TEST(Traffic, StridesAndOffsetsSendMoreThanTheyAskFor) {
  EXPECT_EQ(copy(4, 0).loads.sent, 4 * 4 * kAll);
  EXPECT_EQ(copy(8, 0).loads.sectors_per_request(), 32);
  const LaunchCounts shifted = copy(1, 1);  // each warp straddles one sector more, which its neighbour asks for too
  EXPECT_EQ(shifted.loads.sectors_per_request(), 5);
  EXPECT_EQ(shifted.loads.compulsory, 4 * kAll + 32);
  EXPECT_EQ(shifted.loads.of_blocks, 4 * kAll + 32 * kBlocks);
}

TEST(Traffic, AWideAccessIsOneRequest) {
  DeviceArray<float> x(std::vector<float>(4 * kAll, 1.0f)), y(std::size_t{4 * kAll});
  const LaunchCounts c = counted([&] {
    cu::launch(copy_wide_kernel, dim3(kBlocks), dim3(kThreads), 0, cu::Stream{},
               reinterpret_cast<const Four*>(x.data()), reinterpret_cast<Four*>(y.data()));
  });
  EXPECT_EQ(c.loads.requests, kAll / 32);
  EXPECT_EQ(c.loads.sectors_per_request(), 16);
  EXPECT_EQ(c.stores.sent, 16 * kAll);
}

TEST(Traffic, AMisalignedWideAccessIsReported) {
  DeviceArray<float> x(std::vector<float>(5 * kAll, 1.0f)), y(std::size_t{4 * kAll});
  EXPECT_THROW(cu::launch(copy_wide_kernel, dim3(kBlocks), dim3(kThreads), 0, cu::Stream{},
                          reinterpret_cast<const Four*>(x.data() + 1), reinterpret_cast<Four*>(y.data())),
               Error);
}

TEST(Traffic, WhatEveryBlockReadsIsCompulsoryOnce) {
  DeviceArray<float> x(std::vector<float>(kThreads, 1.0f)), y(std::size_t{kAll});
  const LaunchCounts c =
      counted([&] { cu::launch(same_row_kernel, dim3(kBlocks), dim3(kThreads), 0, cu::Stream{}, x.data(), y.data()); });
  EXPECT_EQ(c.loads.compulsory, 4 * kThreads);
  EXPECT_EQ(c.loads.of_blocks, 4 * kAll);
}

TEST(Traffic, ConflictsInSharedMemoryAreWavefronts) {
  DeviceArray<float> x(std::vector<float>(32, 1.0f)), y(std::size_t{32});
  for (const auto& [pitch, ways] : {std::pair{1, 1}, {2, 2}, {32, 32}, {33, 1}}) {
    const LaunchCounts c = counted(
        [&, pitch = pitch] { cu::launch(turn_kernel, dim3(1), dim3(32), 0, cu::Stream{}, x.data(), y.data(), pitch); });
    EXPECT_EQ(c.shared_requests, 2);
    EXPECT_EQ(c.wavefronts, 2 * ways);
    EXPECT_EQ(c.least_wavefronts, 2);
    EXPECT_EQ(c.worst_conflict, ways);
    EXPECT_EQ(c.barriers, 1);
    EXPECT_EQ(c.multiply_adds, 64);
  }
}

TEST(Traffic, IsCountedByOneAtATime) {
  const Counting one;
  EXPECT_THROW(Counting(), Error);
}

}  // namespace
}  // namespace fno::emulation_test
