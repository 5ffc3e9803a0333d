#include "framework/cpu/threads.h"

#include <algorithm>

#include "framework/cpu/rehearsal.h"

namespace fno::cpu {
namespace {

// About 20 µs: longer than the gap between two kernels, shorter than a time slice lost to another process.
constexpr int kSpins = 2000;

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

// Waits until the value is no longer `old`; spins first, then sleeps in the kernel.
template <class T>
void wait_while(const std::atomic<T>& value, T old) {
  for (int i = 0; i < kSpins; ++i) {
    if (value.load(std::memory_order_acquire) != old) return;
    pause();
  }
  while (value.load(std::memory_order_acquire) == old) value.wait(old, std::memory_order_acquire);
}

}  // namespace

Threads::Threads(int count) {
  for (int i = 1; i < count; ++i) workers_.emplace_back([this, i] { work(i); });
}

Threads::~Threads() {
  stop_.store(true, std::memory_order_relaxed);
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void Threads::work(int index) {
  std::uint32_t seen = 0;
  for (;;) {
    wait_while(round_, seen);
    seen = round_.load(std::memory_order_acquire);
    if (stop_.load(std::memory_order_relaxed)) return;
    if (index < parts_) call_(f_, units_ * index / parts_, units_ * (index + 1) / parts_, index);
    if (pending_.fetch_sub(1, std::memory_order_acq_rel) == 1) pending_.notify_one();
  }
}

std::int64_t Threads::parts(std::int64_t units, std::int64_t grain) const {
  return std::min<std::int64_t>(count(), std::max<std::int64_t>(1, units / std::max<std::int64_t>(1, grain)));
}

void Threads::run(std::int64_t units, std::int64_t grain, Call call, void* f) {
  if (Rehearsal::on()) return;
  if (units <= 0) return;
  const std::int64_t ranges = parts(units, grain);
  if (ranges == 1) {
    call(f, 0, units, 0);
    return;
  }
  const std::lock_guard turn(turn_);
  units_ = units;
  parts_ = ranges;
  call_ = call;
  f_ = f;
  pending_.store(static_cast<std::int32_t>(workers_.size()), std::memory_order_relaxed);
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
  call(f, 0, units / ranges, 0);
  for (std::int32_t left = pending_.load(std::memory_order_acquire); left != 0;
       left = pending_.load(std::memory_order_acquire))
    wait_while(pending_, left);
}

}  // namespace fno::cpu
