#pragma once

#include <cstddef>
#include <mutex>

#include "cuda/emulation/runtime.h"

namespace fno::cuda::CU_TARGET {

/// Copies host memory to the device without waiting for the stream: through two pinned buffers, each of which is filled
/// again when the copy out of it is done. The caller's memory may be overwritten as soon as `upload` returns.
class UploadStaging {
 public:
  UploadStaging() = default;
  ~UploadStaging();
  UploadStaging(const UploadStaging&) = delete;
  UploadStaging& operator=(const UploadStaging&) = delete;
  /// Errors: device.
  void upload(void* device, const void* host, std::size_t bytes, cu::Stream stream);

 private:
  static constexpr std::size_t kBytes = std::size_t{1} << 20;
  struct Buffer {
    void* pinned = nullptr;
    cu::Event copied;
    bool pending = false;
  };

  std::mutex mutex_;
  Buffer buffers_[2];
  int next_ = 0;
};

}  // namespace fno::cuda::CU_TARGET
