#pragma once

#include <utility>

namespace fno::cpu {

/// While one lives, this thread's CPU devices compute nothing: kernels take the scratch that they would take, but their
/// loops do not run, memory is given out and neither written nor copied, and values read back are zeros. Large blocks
/// that nobody touches are only addresses, so a step can be walked for the memory that it takes without taking it.
class Rehearsal {
 public:
  Rehearsal() : before_(std::exchange(on_, true)) {}
  ~Rehearsal() { on_ = before_; }
  Rehearsal(const Rehearsal&) = delete;
  Rehearsal& operator=(const Rehearsal&) = delete;
  [[nodiscard]] static bool on() { return on_; }

 private:
  bool before_;
  static inline thread_local bool on_ = false;
};

}  // namespace fno::cpu
