#pragma once

#include <cstddef>
#include <vector>

#include "cuda/emulation/target.h"

/// Fibers: several stacks on one OS thread, switched by hand. Each emulated CUDA thread is one.
namespace fno::cu::emulated {

/// What runs on a fiber. It must not return: it ends with fiber_leave.
using FiberEntry = void (*)(void* argument);

/// A place where execution can stand still. A default-constructed Fiber stands for the caller's own stack: it gets its
/// state when it is switched away from.
struct Fiber {
  void* state = nullptr;       // the saved stack pointer, or what takes its place
  std::byte* stack = nullptr;  // lowest address; null for the caller's own stack
  std::size_t stack_bytes = 0;
  void* sanitizer_stack = nullptr;  // AddressSanitizer's note about a fiber that stands still
};

/// Makes `fiber` ready to run entry(argument) at the first switch to it. `stagger` bytes at the top stay unused: stack
/// tops at the same offset in their pages fight for the same cache sets.
void fiber_prepare(Fiber& fiber, FiberEntry entry, void* argument, std::size_t stagger);

/// Stands still in `from` (which must be the fiber running now) and goes on in `to`.
void fiber_switch(Fiber& from, Fiber& to);

/// Ends `from` and goes on in `to`. The stack of `from` may be prepared again.
[[noreturn]] void fiber_leave(Fiber& from, Fiber& to);

/// Must be the first thing a fiber's entry does.
void fiber_entered(Fiber& self);

/// Tells the sanitizer that all frames on this stack are gone, after fibers were left standing for good.
void fiber_forget_frames(Fiber& fiber);

/// The stacks of one block, made on first use and kept. Below each lies a page that can't be touched, so that an
/// overflow stops the program instead of spoiling the neighbour.
class StackPool {
 public:
  StackPool() = default;
  StackPool(const StackPool&) = delete;
  StackPool& operator=(const StackPool&) = delete;
  ~StackPool();

  static constexpr std::size_t kStackBytes = 256 * 1024;  // reserved; pages are taken when touched
  void assign(std::size_t number, Fiber& fiber);

 private:
  std::vector<std::byte*> stacks_;
};

}  // namespace fno::cu::emulated
