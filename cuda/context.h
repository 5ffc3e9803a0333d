#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <typeindex>

#include "cuda/emulation/runtime.h"
#include "cuda/memory.h"
#include "framework/kernels/backend.h"

namespace fno::cuda::CU_TARGET {

/// What a kernel of this backend works with: one device, one stream on which all its work happens in order, memory that
/// is reused in the order of that stream, and whatever tables kernels keep on the device.
class Context {
 public:
  /// Takes device `index`; `name` begins its error messages. Throws Error(device) with one line if there is no driver,
  /// no such device, or a device that these kernels are not built for.
  Context(int index, const std::string& name);
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  [[nodiscard]] cu::Stream stream() const { return stream_.get(); }
  [[nodiscard]] PooledDeviceMemory& memory() { return memory_; }
  [[nodiscard]] int multiprocessors() const { return multiprocessors_; }

  /// Makes this device the calling thread's; the backend does so before each kernel.
  void enter() const;

  /// The context's one object of this type, made by Cache(*this) when first asked for. It lives as long as the context
  /// and dies before the memory does: device tables, plans and handles of libraries belong here.
  template <class Cache>
  [[nodiscard]] Cache& cache() {
    const std::lock_guard lock(mutex_);
    std::shared_ptr<void>& entry = caches_[typeid(Cache)];
    if (!entry) entry = std::make_shared<Cache>(*this);
    return *static_cast<Cache*>(entry.get());
  }

 private:
  int index_;
  int multiprocessors_;
  OwnedStream stream_;
  PooledDeviceMemory memory_;
  std::recursive_mutex mutex_;  // a cache may ask for another while it is made
  std::map<std::type_index, std::shared_ptr<void>> caches_;
};

/// Device memory of a kernel, `count` uninitialised elements aligned to 256 bytes. Given back when it goes out of
/// scope, which is safe as soon as the kernels that use it are launched: the next owner's work comes after them on the
/// stream.
template <class T>
class Scratch {
 public:
  Scratch(Context& context, std::size_t count)
      : memory_(context.memory()), bytes_(count * sizeof(T)), data_(static_cast<T*>(memory_.allocate(bytes_))) {}
  ~Scratch() { memory_.release(data_, bytes_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  [[nodiscard]] T* data() const { return data_; }

 private:
  Memory& memory_;
  std::size_t bytes_;
  T* data_;
};

/// Jobs made of others that have an `execute` of their own here; of the rest each part runs in turn.
template <class Job>
inline constexpr bool kOnePass = false;
#define FNO_MARK(Job) \
  template <class T>  \
  inline constexpr bool kOnePass<Job<T>> = true;
FNO_FOURIER_LAYER_JOBS(FNO_MARK)
#undef FNO_MARK

// One function a job, in the file of its family, for float and double. It only starts work on the stream.
#define FNO_DECLARE(Job) \
  template <class T>     \
  void execute(Context& context, const Job<T>& job);
FNO_REAL_JOBS(FNO_DECLARE)
#undef FNO_DECLARE
#define FNO_DECLARE(Job) void execute(Context& context, const Job& job);
FNO_PLAIN_JOBS(FNO_DECLARE)
#undef FNO_DECLARE

/// Puts a job's kernel for float and double into the file that defines it.
#define FNO_INSTANTIATE(Job)                          \
  template void execute(Context&, const Job<float>&); \
  template void execute(Context&, const Job<double>&)

}  // namespace fno::cuda::CU_TARGET
