#include "framework/cpu/memory.h"

#include <cstdint>
#include <gtest/gtest.h>
#include <thread>

#include "tests/support/expect_error.h"

namespace fno::cpu {
namespace {

TEST(PooledMemory, CountsWhatIsHandedOut) {
  PooledMemory memory;
  EXPECT_EQ(memory.use().in_use, 0u);
  for (const std::size_t bytes : {1u, 65u, 512u, 513u, 1000u, 4096u, 100000u, 1048577u}) {
    SCOPED_TRACE(bytes);
    const MemoryUse before = memory.use();
    void* block = memory.allocate(bytes);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % 64, 0u);
    memory.zero(block, bytes);
    const MemoryUse during = memory.use();
    EXPECT_GE(during.in_use, before.in_use + bytes);
    EXPECT_LE(during.in_use, before.in_use + bytes + bytes / 8 + 64);
    EXPECT_GE(during.peak, during.in_use);
    EXPECT_GE(during.reserved, during.in_use);
    EXPECT_EQ(during.system_allocations, before.system_allocations + 1);
    memory.release(block, bytes);
    EXPECT_EQ(memory.use().in_use, before.in_use);
    EXPECT_EQ(memory.use().reserved, during.reserved);
  }
}

TEST(PooledMemory, ReusesBlocksOfOneClass) {
  PooledMemory memory;
  void* const first = memory.allocate(1000);
  memory.release(first, 1000);
  EXPECT_EQ(memory.allocate(1010), first);  // 1000 and 1010 round up to 1024
  void* const second = memory.allocate(1000);
  EXPECT_NE(second, first);
  EXPECT_EQ(memory.use().system_allocations, 2u);
  memory.release(first, 1010);
  memory.release(second, 1000);
  EXPECT_EQ(memory.use().in_use, 0u);
  EXPECT_EQ(memory.use().peak, 2048u);
}

TEST(PooledMemory, PeakIsTheMostAtOnce) {
  PooledMemory memory;
  for (int i = 0; i < 3; ++i) memory.release(memory.allocate(4096), 4096);
  EXPECT_EQ(memory.use().peak, 4096u);
  EXPECT_EQ(memory.use().system_allocations, 1u);
}

TEST(PooledMemory, SeveralThreadsMayAsk) {
  PooledMemory memory;
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller)
    callers.emplace_back([&memory, caller] {
      for (std::size_t i = 1; i < 2000; ++i) {
        auto* block = static_cast<unsigned char*>(memory.allocate(i));
        block[0] = block[i - 1] = static_cast<unsigned char>(caller);
        EXPECT_EQ(block[0], caller);
        memory.release(block, i);
      }
    });
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(memory.use().in_use, 0u);
}

// Sanitizers end the program at a request this large instead of refusing it.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST(PooledMemory, ARequestThatCannotBeMetNamesTheBytes) {
  PooledMemory memory;
  void* const block = memory.allocate(4096);
  const std::size_t wanted = std::size_t{1} << 60;
  EXPECT_TRUE(test::throws_error(ErrorKind::device, "1152921504606846976 bytes wanted, 4096 in use",
                                 [&] { (void)memory.allocate(wanted); }));
  EXPECT_EQ(memory.use().in_use, 4096u);
  memory.release(block, 4096);
}
#endif

}  // namespace
}  // namespace fno::cpu
