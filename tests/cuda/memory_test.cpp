#include "cuda/memory.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <numeric>
#include <vector>

#include "cuda/emulation/emulated/device_memory.h"
#include "framework/error.h"

namespace fno::cuda_test {
namespace {

using cu::emulated::DeviceMemory;
using cuda::OwnedStream;
using cuda::PooledDeviceMemory;

struct Pool {
  OwnedStream stream;
  PooledDeviceMemory memory{0, stream.get(), "cuda:0"};
};

TEST(CudaMemory, BlocksComeBackAndTheSystemIsAskedOnce) {
  Pool pool;
  void* const first = pool.memory.allocate(1000);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(first) % 256, 0u);
  pool.memory.release(first, 1000);
  void* const second = pool.memory.allocate(1020);  // of the same class
  EXPECT_EQ(first, second);
  void* const third = pool.memory.allocate(1000);
  EXPECT_NE(third, second);
  const MemoryUse use = pool.memory.use();
  EXPECT_EQ(use.system_allocations, 2u);
  EXPECT_EQ(use.in_use, 2048u);
  pool.memory.release(second, 1020);
  pool.memory.release(third, 1000);
  EXPECT_EQ(pool.memory.use().in_use, 0u);
  EXPECT_EQ(pool.memory.use().peak, 2048u);
  EXPECT_EQ(pool.memory.use().reserved, 2048u);
}

// Classes waste at most an eighth, beyond the least block, and hold what was asked for.
TEST(CudaMemory, ClassesFit) {
  Pool pool;
  for (const std::size_t bytes : {0ul, 1ul, 256ul, 257ul, 2047ul, 2049ul, 100000ul, 1048576ul, 1048577ul}) {
    void* const block = pool.memory.allocate(bytes);
    const std::size_t taken = pool.memory.use().in_use;
    EXPECT_TRUE(DeviceMemory::instance().contains(block, bytes));
    EXPECT_GE(taken, bytes);
    EXPECT_LE(taken, std::max({bytes + bytes / 8, bytes + 255, std::size_t{256}})) << bytes;
    pool.memory.release(block, bytes);
  }
}

TEST(CudaMemory, OutOfMemoryGivesIdleBlocksBackFirst) {
  Pool pool;
  DeviceMemory& device = DeviceMemory::instance();
  const std::size_t before = device.usage().in_use;
  device.set_limit(before + 3 * 4096);
  pool.memory.release(pool.memory.allocate(2 * 4096), 2 * 4096);
  void* const large = pool.memory.allocate(3 * 4096);  // fits only without the idle block
  EXPECT_EQ(pool.memory.use().reserved, 3u * 4096);
  try {
    (void)pool.memory.allocate(5000);
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::device);
    EXPECT_EQ(std::string(error.what()), "cuda:0: out of memory: 5000 bytes wanted, 12288 in use here, 0 free of " +
                                             std::to_string(before + 3 * 4096));
  }
  EXPECT_EQ(pool.memory.use().in_use, 3u * 4096);
  pool.memory.release(large, 3 * 4096);
  (void)pool.memory.allocate(3 * 4096);
  pool.memory.release(large, 3 * 4096);
  device.set_limit(DeviceMemory::kDefaultLimit);
}

// More than both staging buffers hold, so that each is filled again; the source is overwritten at once.
TEST(CudaMemory, CopiesThereAndBack) {
  Pool pool;
  std::vector<std::uint32_t> values(800'001);
  std::iota(values.begin(), values.end(), 1u);
  const std::size_t bytes = values.size() * sizeof values[0];
  void *const a = pool.memory.allocate(bytes), *const b = pool.memory.allocate(bytes);
  std::vector<std::uint32_t> source = values;
  pool.memory.copy(a, source.data(), bytes, CopyKind::host_to_device);
  std::ranges::fill(source, 0u);
  pool.memory.copy(b, a, bytes, CopyKind::device_to_device);
  pool.memory.zero(a, bytes);
  std::vector<std::uint32_t> back(values.size(), 7), zeros(values.size(), 7);
  pool.memory.copy(back.data(), b, bytes, CopyKind::device_to_host);
  pool.memory.copy(zeros.data(), a, bytes, CopyKind::device_to_host);
  EXPECT_EQ(back, values);
  EXPECT_EQ(std::ranges::count(zeros, 0u), static_cast<std::ptrdiff_t>(zeros.size()));
  pool.memory.release(a, bytes);
  pool.memory.release(b, bytes);
}

TEST(CudaMemory, GivesEverythingBackAtTheEnd) {
  const auto before = DeviceMemory::instance().usage();
  {
    Pool pool;
    for (const std::size_t bytes : {100ul, 5000ul}) pool.memory.release(pool.memory.allocate(bytes), bytes);
    const int word = 1;
    void* const block = pool.memory.allocate(4);
    pool.memory.copy(block, &word, 4, CopyKind::host_to_device);
    pool.memory.release(block, 4);
    EXPECT_GT(cu::emulated::open_events(), 0);
  }
  EXPECT_EQ(DeviceMemory::instance().usage().allocations, before.allocations);
  EXPECT_EQ(cu::emulated::open_events(), 0);
}

}  // namespace
}  // namespace fno::cuda_test
