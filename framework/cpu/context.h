#pragma once

#include "framework/cpu/memory.h"
#include "framework/cpu/threads.h"
#include "framework/cpu/twiddle.h"
#include "framework/kernels/backend.h"

namespace fno::cpu {

/// What a kernel of this backend works with.
class Context {
 public:
  explicit Context(int threads) : threads_(threads) {}
  /// Calls f(first, last) on ranges of units; see Threads.
  template <class F>
  void parallel(std::int64_t units, std::int64_t grain, F&& f) {
    threads_.parallel(units, grain, f);
  }
  /// The same with `count` elements of scratch for each range: f(first, last, scratch). All of it is taken here, by the
  /// calling thread, so that how much memory a kernel asks for does not depend on which threads happen to overlap.
  template <class T, class F>
  void parallel_with_scratch(std::int64_t units, std::int64_t grain, std::size_t count, F&& f) {
    const std::size_t pitch = (count * sizeof(T) + 63) / 64 * 64 / sizeof(T) + 64 / sizeof(T);
    Scratch<T> all(memory_, pitch * static_cast<std::size_t>(threads_.parts(units, grain)));
    threads_.parallel(units, grain, [&](std::int64_t first, std::int64_t last, std::int64_t part) {
      f(first, last, all.data() + static_cast<std::size_t>(part) * pitch);
    });
  }
  PooledMemory& memory() { return memory_; }
  template <class T>
  const SpectralTables<T>& tables(const ModeSet& modes) {
    return twiddles_.get<T>(modes);
  }
  [[nodiscard]] int threads() const { return threads_.count(); }

 private:
  Threads threads_;
  PooledMemory memory_;
  TwiddleCache twiddles_;
};

// One kernel a job, in the file of its family, for float and double.
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

}  // namespace fno::cpu
