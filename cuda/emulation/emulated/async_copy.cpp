#include "cuda/emulation/emulated/async_copy.h"

#include <cstdint>
#include <cstring>

#include "cuda/emulation/emulated/block.h"

namespace fno::cu::emulated {

void AsyncCopies::clear() {
  copies_.clear();
  groups_.clear();
  first_ = first_group_ = 0;
}

void AsyncCopies::make(const Copy& copy, const void* code) {
  // A plain memcpy: AddressSanitizer checks the source here.
  if (copy.valid > 0) std::memcpy(copy.shared, copy.global, copy.valid);
  std::memset(static_cast<std::byte*>(copy.shared) + copy.valid, 0, copy.bytes - copy.valid);
  race::async_arrived(copy.shared, copy.bytes, code);
}

void AsyncCopies::issue(void* shared, const void* global, std::size_t bytes, std::size_t valid, const void* code) {
  const Copy copy{shared, global, bytes, valid};
  race::async_issued(shared, bytes, global, valid, code);
  if (options().async_copy == AsyncCopy::early) return make(copy, code);
  std::memset(shared, kPoison, bytes);
  copies_.push_back(copy);
}

void AsyncCopies::commit() { groups_.push_back(copies_.size()); }

void AsyncCopies::wait(std::size_t pending, const void* code) {
  while (groups_.size() - first_group_ > pending) {
    for (const std::size_t end = groups_[first_group_++]; first_ < end; ++first_) make(copies_[first_], code);
  }
  if (first_group_ == groups_.size() && first_ == copies_.size()) clear();
}

void async_copy(void* shared, const void* global, unsigned bytes, unsigned valid, const Site& site) {
  const EmulatorScope scope("cp.async");
  Block& block = current_block();
  Thread& self = *current_thread;
  const auto misaligned = [bytes](const void* pointer) {
    return reinterpret_cast<std::uintptr_t>(pointer) % bytes != 0;
  };
  if (misaligned(shared)) block.fail(self, site, "cp.async: the destination is not aligned to ", bytes, " bytes");
  if (misaligned(global)) block.fail(self, site, "cp.async: the source is not aligned to ", bytes, " bytes");
  if (valid > bytes) block.fail(self, site, "cp.async: ", valid, " valid bytes of ", bytes);
  if (!block.shared().contains(shared, bytes))
    block.fail(self, site, "cp.async: the destination does not lie in this block's shared memory");
  if (valid > 0 && block.shared().contains(global, valid))
    block.fail(self, site, "cp.async: the source lies in shared memory, not in global memory");
  self.copies.issue(shared, global, bytes, valid, __builtin_return_address(0));
}

void async_commit() {
  const EmulatorScope scope("cp.async.commit_group");
  current_thread->copies.commit();
}

void async_wait(unsigned pending) {
  const EmulatorScope scope("cp.async.wait_group");
  current_thread->copies.wait(pending, __builtin_return_address(0));
}

}  // namespace fno::cu::emulated
