#include "cuda/memory.h"

#include <algorithm>
#include <bit>
#include <new>

#include "framework/error.h"

namespace fno::cuda::CU_TARGET {
namespace {

constexpr std::size_t kAlignment = 256;

std::size_t size_class(std::size_t bytes) {
  const std::size_t step = std::max(kAlignment, std::bit_floor(std::max<std::size_t>(bytes, 1)) / 8);
  return std::max(kAlignment, (bytes + step - 1) / step * step);
}

}  // namespace

OwnedStream::OwnedStream() { cu::check(cu::stream_create(stream_)); }

OwnedStream::~OwnedStream() {
  (void)cu::stream_synchronize(stream_);
  (void)cu::stream_destroy(stream_);
}

PooledDeviceMemory::PooledDeviceMemory(int device, cu::Stream stream, std::string name)
    : device_(device), stream_(stream), name_(std::move(name)) {}

PooledDeviceMemory::~PooledDeviceMemory() {
  (void)cu::stream_synchronize(stream_);
  give_back_idle_blocks();
}

void* PooledDeviceMemory::allocate(std::size_t bytes) {
  const std::size_t size = size_class(bytes);
  const std::lock_guard lock(mutex_);
  void* block = nullptr;
  if (auto& list = idle_[size]; !list.empty()) {
    block = list.back();
    list.pop_back();
  } else {
    enter();
    cu::Status status = cu::device_malloc(block, size);
    if (status.code == cu::kOutOfMemory && use_.reserved > use_.in_use) {
      give_back_idle_blocks();
      status = cu::device_malloc(block, size);
    }
    if (status.code == cu::kOutOfMemory) {
      std::size_t free_bytes = 0, total_bytes = 0;
      cu::check(cu::memory_info(free_bytes, total_bytes), name_ + ": out of memory");
      fail(ErrorKind::device, name_, ": out of memory: ", bytes, " bytes wanted, ", use_.in_use, " in use here, ",
           free_bytes, " free of ", total_bytes);
    }
    cu::check(status, name_);
    use_.reserved += size;
    ++use_.system_allocations;
  }
  use_.in_use += size;
  use_.peak = std::max(use_.peak, use_.in_use);
  return block;
}

void PooledDeviceMemory::release(void* block, std::size_t bytes) noexcept {
  const std::size_t size = size_class(bytes);
  const std::lock_guard lock(mutex_);
  use_.in_use -= size;
  try {
    idle_[size].push_back(block);
  } catch (const std::bad_alloc&) {  // no room for the note that it is idle: give it back; this waits for the device
    (void)cu::device_free(block);
    use_.reserved -= size;
  }
}

void PooledDeviceMemory::copy(void* to, const void* from, std::size_t bytes, CopyKind kind) {
  enter();
  switch (kind) {
    case CopyKind::host_to_device: staging_.upload(to, from, bytes, stream_); break;
    case CopyKind::device_to_host:
      cu::check(cu::copy_to_host_async(to, from, bytes, stream_), name_);
      synchronize();
      break;
    case CopyKind::device_to_device: cu::check(cu::copy_on_device_async(to, from, bytes, stream_), name_); break;
  }
}

void PooledDeviceMemory::zero(void* block, std::size_t bytes) {
  enter();
  cu::check(cu::fill_bytes_async(block, 0, bytes, stream_), name_);
}

void PooledDeviceMemory::synchronize() {
  enter();
  cu::check(cu::stream_synchronize(stream_), name_);
}

MemoryUse PooledDeviceMemory::use() const {
  const std::lock_guard lock(mutex_);
  return use_;
}

void PooledDeviceMemory::enter() const { cu::check(cu::set_device(device_), name_); }

// The driver waits for work on a block before it takes it.
void PooledDeviceMemory::give_back_idle_blocks() {
  for (auto& [size, blocks] : idle_) {
    for (void* block : blocks) (void)cu::device_free(block);
    use_.reserved -= size * blocks.size();
    blocks.clear();
  }
}

}  // namespace fno::cuda::CU_TARGET
