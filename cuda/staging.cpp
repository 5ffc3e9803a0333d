#include "cuda/staging.h"

#include <algorithm>
#include <cstring>

namespace fno::cuda::CU_TARGET {

UploadStaging::~UploadStaging() {
  for (Buffer& buffer : buffers_) {
    if (buffer.pending) (void)cu::event_synchronize(buffer.copied);
    if (buffer.copied.handle) (void)cu::event_destroy(buffer.copied);
    (void)cu::pinned_free(buffer.pinned);
  }
}

void UploadStaging::upload(void* device, const void* host, std::size_t bytes, cu::Stream stream) {
  const std::lock_guard lock(mutex_);
  auto* to = static_cast<std::byte*>(device);
  const auto* from = static_cast<const std::byte*>(host);
  for (std::size_t done = 0; done < bytes; done += kBytes, next_ = 1 - next_) {
    Buffer& buffer = buffers_[next_];
    if (!buffer.pinned) cu::check(cu::pinned_malloc(buffer.pinned, kBytes));
    if (!buffer.copied.handle) cu::check(cu::event_create(buffer.copied));
    if (buffer.pending) cu::check(cu::event_synchronize(buffer.copied));
    const std::size_t part = std::min(kBytes, bytes - done);
    std::memcpy(buffer.pinned, from + done, part);
    cu::check(cu::copy_to_device_async(to + done, buffer.pinned, part, stream));
    cu::check(cu::event_record(buffer.copied, stream));
    buffer.pending = true;
  }
}

}  // namespace fno::cuda::CU_TARGET
