#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

namespace fno::cpu {

/// A fixed team of threads. Work is cut into units by the caller, from the problem alone; the team only decides who
/// does which, so results do not depend on the number of threads. Idle threads spin for some microseconds (kernels
/// follow one another closely) and then sleep: on a busy machine long spinning costs more than it saves.
/// Own code instead of OpenMP for these reasons: the spin is bounded without environment variables, ThreadSanitizer
/// understands it, and a team belongs to its device, so runs side by side in one process do not share one. Several host
/// threads may use one team: they take turns.
class Threads {
 public:
  explicit Threads(int count);
  ~Threads();
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;
  [[nodiscard]] int count() const { return static_cast<int>(workers_.size()) + 1; }

  /// Ranges that `units` units are cut into: at most one a thread, each at least `grain` long.
  [[nodiscard]] std::int64_t parts(std::int64_t units, std::int64_t grain) const;

  /// Calls f(first, last), or f(first, last, part) if it takes three, on disjoint ranges that cover 0 … units-1;
  /// returns when all are done. f must not throw and must not call parallel itself.
  template <class F>
  void parallel(std::int64_t units, std::int64_t grain, F&& f) {
    using Fn = std::remove_reference_t<F>;
    run(
        units, grain,
        [](void* fn, std::int64_t first, std::int64_t last, std::int64_t part) {
          if constexpr (std::is_invocable_v<Fn&, std::int64_t, std::int64_t, std::int64_t>)
            (*static_cast<Fn*>(fn))(first, last, part);
          else
            (*static_cast<Fn*>(fn))(first, last);
        },
        const_cast<void*>(static_cast<const void*>(&f)));
  }

 private:
  using Call = void (*)(void*, std::int64_t, std::int64_t, std::int64_t);
  void run(std::int64_t units, std::int64_t grain, Call call, void* f);
  void work(int index);

  std::vector<std::thread> workers_;
  std::mutex turn_;                       // held by the host thread whose round it is
  std::atomic<std::uint32_t> round_{0};   // raised to start a round
  std::atomic<std::int32_t> pending_{0};  // workers that have not finished the round
  std::int64_t units_ = 0, parts_ = 1;
  Call call_ = nullptr;
  void* f_ = nullptr;
  std::atomic<bool> stop_{false};
};

}  // namespace fno::cpu
