#pragma once

#include <cstddef>
#include <cstdint>

namespace fno {

struct MemoryUse {
  std::size_t in_use = 0;                ///< bytes handed out now
  std::size_t peak = 0;                  ///< most bytes ever handed out at once
  std::size_t reserved = 0;              ///< bytes held from the system, handed out or waiting for reuse
  std::uint64_t system_allocations = 0;  ///< times the system was asked; constant in a steady training step
};

enum class CopyKind { host_to_device, device_to_host, device_to_device };

/// Pooled memory of one device. Blocks are at least 64-byte aligned and come back for reuse, so a steady training step
/// asks the system for nothing.
class Memory {
 public:
  virtual ~Memory() = default;
  /// Throws Error(device) with the bytes wanted, in use and free if there is no room.
  [[nodiscard]] virtual void* allocate(std::size_t bytes) = 0;
  virtual void release(void* block, std::size_t bytes) noexcept = 0;
  virtual void copy(void* to, const void* from, std::size_t bytes, CopyKind kind) = 0;
  virtual void zero(void* block, std::size_t bytes) = 0;
  /// Waits until all work given to the device so far is done.
  virtual void synchronize() = 0;
  [[nodiscard]] virtual MemoryUse use() const = 0;
};

/// Jobs that are others in turn: a device may do them in one pass, where a field is read and written once while it is
/// in the cache, or part by part through `in_turn`, which calls run(part) for each and takes from `memory` what lies
/// between them.
template <class Job>
concept CompositeJob = requires(const Job& job, Memory& memory) {
  job.in_turn([](const auto&) {}, memory);
};

}  // namespace fno
