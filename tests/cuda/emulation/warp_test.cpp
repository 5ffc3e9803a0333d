#include <array>
#include <cmath>
#include <gtest/gtest.h>

#include "cuda/emulation/emulated/options.h"
#include "cuda/emulation/portable.h"
#include "tests/cuda/emulation/device_array.h"

namespace fno::emulation_test {
namespace {

constexpr unsigned kAll = 0xffffffffu;

// Each lane's value is 100 + lane; rows of 32 results, one a way to shuffle.
constexpr int kShuffles = 8;
__global__ void shuffles_kernel(int* out) {
  const int lane = int(threadIdx.x), value = 100 + lane;
  out[0 * 32 + lane] = __shfl_sync(kAll, value, 5);
  out[1 * 32 + lane] = __shfl_sync(kAll, value, 9, 8);  // wraps to lane 1 of each segment of 8
  out[2 * 32 + lane] = __shfl_up_sync(kAll, value, 3);
  out[3 * 32 + lane] = __shfl_up_sync(kAll, value, 3, 16);
  out[4 * 32 + lane] = __shfl_down_sync(kAll, value, 7);
  out[5 * 32 + lane] = __shfl_down_sync(kAll, value, 7, 8);
  out[6 * 32 + lane] = __shfl_xor_sync(kAll, value, 12);
  out[7 * 32 + lane] = __shfl_xor_sync(kAll, value, 4, 4);  // leaves the segment: upper ones read lower ones
}
CU_KERNEL(shuffles_kernel);

// Oracle: the tables of the CUDA C++ Programming Guide, "Warp Shuffle Functions", lane by lane.
TEST(Warp, ShufflesReadTheLaneTheGuideSays) {
  DeviceArray<int> out(kShuffles * 32);
  cu::launch(shuffles_kernel, dim3(1), dim3(32), 0, cu::Stream{}, out.data());
  const std::vector<int> got = out.to_host();
  for (int lane = 0; lane < 32; ++lane) {
    const std::array<int, kShuffles> source{5,
                                            lane / 8 * 8 + 1,
                                            lane < 3 ? lane : lane - 3,
                                            lane % 16 < 3 ? lane : lane - 3,
                                            lane + 7 > 31 ? lane : lane + 7,
                                            lane % 8 + 7 > 7 ? lane : lane + 7,
                                            lane ^ 12,
                                            (lane & 4) != 0 ? lane - 4 : lane};
    for (int row = 0; row < kShuffles; ++row)
      EXPECT_EQ(got[static_cast<std::size_t>(row * 32 + lane)], 100 + source[static_cast<std::size_t>(row)])
          << "shuffle " << row << ", lane " << lane;
  }
}

__global__ void wide_values_kernel(double* doubles, float* floats, unsigned long long* words) {
  const unsigned lane = threadIdx.x;
  doubles[lane] = __shfl_sync(kAll, 0.1 * lane, 31 - int(lane));
  floats[lane] = __shfl_sync(kAll, 0.1f * float(lane), 31 - int(lane));
  words[lane] = __shfl_sync(kAll, 0x0123456789abcdefull * lane, 31 - int(lane));
}
CU_KERNEL(wide_values_kernel);

TEST(Warp, ShufflesKeepEveryBit) {
  DeviceArray<double> doubles(32);
  DeviceArray<float> floats(32);
  DeviceArray<unsigned long long> words(32);
  cu::launch(wide_values_kernel, dim3(1), dim3(32), 0, cu::Stream{}, doubles.data(), floats.data(), words.data());
  for (unsigned lane = 0; lane < 32; ++lane) {
    EXPECT_EQ(doubles.to_host()[lane], 0.1 * (31 - lane));
    EXPECT_EQ(floats.to_host()[lane], 0.1f * float(31 - lane));
    EXPECT_EQ(words.to_host()[lane], 0x0123456789abcdefull * (31 - lane));
  }
}

// Two groups of lanes vote apart, and all of the block together.
__global__ void votes_kernel(unsigned* out) {
  const int lane = int(threadIdx.x);
  const unsigned mine = lane < 12 ? 0x00000fffu : 0xfffff000u;
  const bool multiple = lane % 3 == 0;
  unsigned votes = 0, any = 0, all = 0;
  if (lane < 12) {
    votes = __ballot_sync(mine, multiple), any = __any_sync(mine, lane == 11), all = __all_sync(mine, lane < 12);
  } else {
    votes = __ballot_sync(mine, multiple), any = __any_sync(mine, lane == 11), all = __all_sync(mine, lane != 20);
  }
  const int count = __syncthreads_count(multiple);
  const int block_any = __syncthreads_or(lane == 31), block_none = __syncthreads_or(lane == 32);
  const int block_all = __syncthreads_and(lane < 32), not_all = __syncthreads_and(lane < 31);
  const unsigned flags = unsigned(block_any << 4 | block_none << 3 | block_all << 2 | not_all << 1);
  out[lane * 4] = votes, out[lane * 4 + 1] = any, out[lane * 4 + 2] = all,
             out[lane * 4 + 3] = unsigned(count) << 8 | flags;
}
CU_KERNEL(votes_kernel);

TEST(Warp, VotesCountTheLanesOfTheirMask) {
  unsigned multiples = 0;
  for (unsigned lane = 0; lane < 32; lane += 3) multiples |= 1u << lane;
  for (const cu::emulated::Options& wanted : cu::emulated::all_options(3)) {
    SCOPED_TRACE(wanted.describe());
    const cu::emulated::ScopedOptions scope(wanted);
    DeviceArray<unsigned> out(128);
    cu::launch(votes_kernel, dim3(1), dim3(32), 0, cu::Stream{}, out.data());
    const std::vector<unsigned> got = out.to_host();
    for (unsigned lane = 0; lane < 32; ++lane) {
      const bool low = lane < 12;
      EXPECT_EQ(got[lane * 4], multiples & (low ? 0xfffu : ~0xfffu));
      EXPECT_EQ(got[lane * 4 + 1], low ? 1u : 0u);
      EXPECT_EQ(got[lane * 4 + 2], low ? 1u : 0u);
      EXPECT_EQ(got[lane * 4 + 3], 11u << 8 | 0b10100u);
    }
  }
}

// A block and a grid of three extents each: every thread writes where it thinks it is.
__global__ void where_kernel(unsigned* out) {
  const unsigned block = (blockIdx.z * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x;
  const unsigned thread = (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
  out[block * blockDim.x * blockDim.y * blockDim.z + thread] = block * 1000 + thread;
}
CU_KERNEL(where_kernel);

TEST(Launch, EveryThreadOfEveryBlockRunsOnce) {
  DeviceArray<unsigned> out(2 * 3 * 4 * 5 * 3 * 7);
  cu::launch(where_kernel, dim3(2, 3, 4), dim3(5, 3, 7), 0, cu::Stream{}, out.data());
  const std::vector<unsigned> got = out.to_host();
  for (unsigned i = 0; i < got.size(); ++i) ASSERT_EQ(got[i], i / 105 * 1000 + i % 105);
}

// Oracle: sine and cosine in long double; whole and half turns exactly.
TEST(DeviceMath, SinCosPi) {
  for (const float x : noise(500, 12)) {
    float sine = 0, cosine = 0;
    sincospif(x * 40, &sine, &cosine);
    const long double angle = 3.14159265358979323846264L * std::fmod(static_cast<long double>(x * 40), 2.0L);
    EXPECT_NEAR(sine, static_cast<double>(std::sin(angle)), 6e-8);
    EXPECT_NEAR(cosine, static_cast<double>(std::cos(angle)), 6e-8);
  }
  const float exact[][3] = {{0, 0, 1}, {0.5f, 1, 0}, {1, 0, -1}, {-0.5f, -1, 0}, {7.5f, -1, 0}, {1000001, 0, -1}};
  for (const auto& [x, sine, cosine] : exact) {
    EXPECT_EQ(sinpif(x), sine) << x;
    EXPECT_EQ(cospif(x), cosine) << x;
  }
}

}  // namespace
}  // namespace fno::emulation_test
