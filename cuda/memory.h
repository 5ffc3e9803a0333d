#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "cuda/emulation/runtime.h"
#include "cuda/staging.h"
#include "framework/kernels/memory.h"

namespace fno::cuda::CU_TARGET {

/// A stream that is destroyed with its owner, after its work is done.
class OwnedStream {
 public:
  OwnedStream();
  ~OwnedStream();
  OwnedStream(const OwnedStream&) = delete;
  OwnedStream& operator=(const OwnedStream&) = delete;
  [[nodiscard]] cu::Stream get() const { return stream_; }

 private:
  cu::Stream stream_;
};

/// Device memory in blocks of a few size classes (eight to a power of two, so at most an eighth is wasted), aligned to
/// 256 bytes. Everything happens in the order of one stream, so a released block can be handed out again at once: what
/// its next owner starts comes after what its last owner started.
class PooledDeviceMemory final : public Memory {
 public:
  /// `name` begins error messages, such as "cuda:0".
  PooledDeviceMemory(int device, cu::Stream stream, std::string name);
  ~PooledDeviceMemory() override;
  /// Errors: device, with the bytes wanted, in use and free, after idle blocks have been given back to the driver.
  void* allocate(std::size_t bytes) override;
  void release(void* block, std::size_t bytes) noexcept override;
  /// Returns when the host's side may be read or overwritten.
  void copy(void* to, const void* from, std::size_t bytes, CopyKind kind) override;
  void zero(void* block, std::size_t bytes) override;
  void synchronize() override;
  [[nodiscard]] MemoryUse use() const override;

 private:
  void enter() const;
  void give_back_idle_blocks();

  int device_;
  cu::Stream stream_;
  std::string name_;
  mutable std::mutex mutex_;
  std::unordered_map<std::size_t, std::vector<void*>> idle_;
  MemoryUse use_;
  UploadStaging staging_;
};

}  // namespace fno::cuda::CU_TARGET
