#pragma once

#include <cstddef>
#include <map>
#include <mutex>

#include "cuda/emulation/runtime.h"
#include "cuda/emulation/target.h"

/// The emulated device's memory and the knobs tests turn.
namespace fno::cu::emulated {

/// Host memory posing as device memory: each allocation is a heap block of its exact size, filled with 0xFF.
class DeviceMemory {
 public:
  static DeviceMemory& instance();
  static constexpr std::size_t kAlignment = 256;
  static constexpr std::size_t kDefaultLimit = std::size_t{8} << 30;

  /// Null if the limit would be passed.
  void* allocate(std::size_t bytes);
  /// False if the pointer is not the start of an allocation.
  bool release(void* pointer);

  /// True if [pointer, pointer + bytes) lies in one allocation.
  [[nodiscard]] bool contains(const void* pointer, std::size_t bytes) const;

  /// Bytes that allocations may take together; what is there stays.
  void set_limit(std::size_t bytes);

  struct Usage {
    std::size_t limit, in_use, peak;  // bytes
    std::size_t allocations;          // not released yet: leaks, at the end
    [[nodiscard]] std::size_t free() const { return in_use < limit ? limit - in_use : 0; }
  };
  [[nodiscard]] Usage usage() const;

 private:
  mutable std::mutex mutex_;
  std::map<const std::byte*, std::size_t> sizes_;
  std::size_t limit_ = kDefaultLimit, in_use_ = 0, peak_ = 0;
};

/// Streams and events created and not destroyed.
[[nodiscard]] int open_streams();
[[nodiscard]] int open_events();

/// Makes the next runtime call of this CUDA name (such as "cudaGetDeviceCount") fail with `code`.
void fail_next(const char* call, int code);

/// What last_error() will say.
void remember_error(Status status);

}  // namespace fno::cu::emulated
