#pragma once

#include <mutex>
#include <unordered_map>
#include <vector>

#include "framework/kernels/memory.h"

namespace fno::cpu {

/// Host memory in 64-byte aligned blocks of a few size classes (eight to a power of two, so at most an eighth is
/// wasted). A released block waits for the next request of its class.
class PooledMemory : public Memory {
 public:
  ~PooledMemory() override;
  void* allocate(std::size_t bytes) override;
  void release(void* block, std::size_t bytes) noexcept override;
  void copy(void* to, const void* from, std::size_t bytes, CopyKind kind) override;
  void zero(void* block, std::size_t bytes) override;
  void synchronize() override {}
  MemoryUse use() const override;

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::size_t, std::vector<void*>> free_;
  MemoryUse use_;
};

/// Scratch of a kernel, from the same pool.
template <class T>
class Scratch {
 public:
  Scratch(Memory& memory, std::size_t count)
      : memory_(memory), bytes_(count * sizeof(T)), data_(static_cast<T*>(memory.allocate(bytes_))) {}
  ~Scratch() { memory_.release(data_, bytes_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  T* data() const { return data_; }

 private:
  Memory& memory_;
  std::size_t bytes_;
  T* data_;
};

}  // namespace fno::cpu
