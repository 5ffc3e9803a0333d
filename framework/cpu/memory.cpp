#include "framework/cpu/memory.h"

#include <bit>
#include <cstdlib>
#include <cstring>
#include <new>
#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "framework/cpu/device.h"
#include "framework/cpu/rehearsal.h"
#include "framework/error.h"

namespace fno {

std::size_t pool_block_bytes(std::size_t bytes) {
  if (bytes <= 512) return bytes <= 64 ? 64 : (bytes + 63) / 64 * 64;
  const std::size_t step = std::bit_floor(bytes - 1) / 8;
  return (bytes + step - 1) / step * step;
}

}  // namespace fno

namespace fno::cpu {
namespace {

// Large blocks on large pages where the system has them for the asking: a kernel that goes through many rows at once
// needs more small pages than the processor can remember. The advice may be refused, and then nothing is lost.
void* system_block(std::size_t size) {
  constexpr std::size_t kLargePage = std::size_t{2} << 20;
  if (size < kLargePage) return std::aligned_alloc(64, size);
  void* const block = std::aligned_alloc(kLargePage, (size + kLargePage - 1) / kLargePage * kLargePage);
#if defined(MADV_HUGEPAGE)
  if (block) madvise(block, size, MADV_HUGEPAGE);
#endif
  return block;
}

}  // namespace

PooledMemory::~PooledMemory() {
  for (auto& [size, blocks] : free_)
    for (void* block : blocks) std::free(block);
}

void* PooledMemory::allocate(std::size_t bytes) {
  const std::size_t size = pool_block_bytes(bytes);
  const std::lock_guard lock(mutex_);
  void* block = nullptr;
  if (auto& list = free_[size]; !list.empty()) {
    block = list.back();
    list.pop_back();
  } else {
    block = system_block(size);
    require<ErrorKind::device>(block != nullptr, "cpu: out of memory: ", bytes, " bytes wanted, ", use_.in_use,
                               " in use, ", use_.reserved, " held in all");
    use_.reserved += size;
    ++use_.system_allocations;
  }
  use_.in_use += size;
  use_.peak = std::max(use_.peak, use_.in_use);
  return block;
}

void PooledMemory::release(void* block, std::size_t bytes) noexcept {
  const std::size_t size = pool_block_bytes(bytes);
  const std::lock_guard lock(mutex_);
  use_.in_use -= size;
  try {
    free_[size].push_back(block);
  } catch (const std::bad_alloc&) {  // no room for the note that it is free: give it back
    std::free(block);
    use_.reserved -= size;
  }
}

void PooledMemory::copy(void* to, const void* from, std::size_t bytes, CopyKind kind) {
  if (!Rehearsal::on()) {
    std::memcpy(to, from, bytes);
  } else if (kind == CopyKind::device_to_host) {
    std::memset(to, 0, bytes);
  }
}

void PooledMemory::zero(void* block, std::size_t bytes) {
  if (!Rehearsal::on()) std::memset(block, 0, bytes);
}

MemoryUse PooledMemory::use() const {
  const std::lock_guard lock(mutex_);
  return use_;
}

}  // namespace fno::cpu
