#include "cuda/emulation/emulated/device_memory.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <new>

#include "cuda/emulation/emulated/shared_memory.h"

namespace fno::cu::emulated {

DeviceMemory& DeviceMemory::instance() {
  // Never destroyed: devices held by static objects give their memory back after this would be gone.
  static DeviceMemory& memory = *new DeviceMemory;
  return memory;
}

void DeviceMemory::set_limit(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  limit_ = bytes;
}

DeviceMemory::Usage DeviceMemory::usage() const {
  const std::lock_guard lock(mutex_);
  return {.limit = limit_, .in_use = in_use_, .peak = peak_, .allocations = sizes_.size()};
}

void* DeviceMemory::allocate(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  if (bytes > limit_ || in_use_ > limit_ - bytes) return nullptr;
  void* pointer = nullptr;
  if (posix_memalign(&pointer, kAlignment, bytes) != 0) return nullptr;
  std::memset(pointer, kPoison, bytes);
  sizes_[static_cast<const std::byte*>(pointer)] = bytes;
  in_use_ += bytes;
  peak_ = std::max(peak_, in_use_);
  return pointer;
}

bool DeviceMemory::release(void* pointer) {
  const std::lock_guard lock(mutex_);
  const auto found = sizes_.find(static_cast<const std::byte*>(pointer));
  if (found == sizes_.end()) return false;
  in_use_ -= found->second;
  // A later reader of the freed bytes should not find what they held.
  std::memset(pointer, kPoison, found->second);
  sizes_.erase(found);
  std::free(pointer);
  return true;
}

bool DeviceMemory::contains(const void* pointer, std::size_t bytes) const {
  const std::lock_guard lock(mutex_);
  const auto* begin = static_cast<const std::byte*>(pointer);
  const auto above = sizes_.upper_bound(begin);
  if (above == sizes_.begin()) return false;
  const auto& [start, size] = *std::prev(above);
  return static_cast<std::size_t>(begin - start) <= size && bytes <= size - static_cast<std::size_t>(begin - start);
}

}  // namespace fno::cu::emulated
