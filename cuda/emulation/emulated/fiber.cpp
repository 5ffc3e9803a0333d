#include "cuda/emulation/emulated/fiber.h"

#include <sys/mman.h>
#include <unistd.h>

#include "cuda/emulation/emulated/fiber_machine.h"
#include "framework/error.h"

// AddressSanitizer must know which stack is in use. Its macro is set by the compiler in the _asan build only.
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>

// With use-after-return detection on, every frame moves to the heap and a kernel runs 9 to 30 times slower.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() { return "detect_stack_use_after_return=0"; }
#endif

namespace fno::cu::emulated {
namespace {

#ifdef __SANITIZE_ADDRESS__
Fiber* switched_from = nullptr;

void announce_switch(Fiber& from, Fiber& to, bool for_good) {
  switched_from = &from;
  __sanitizer_start_switch_fiber(for_good ? nullptr : &from.sanitizer_stack, to.stack, to.stack_bytes);
}

void announce_arrival(Fiber& self) {
  const void* old_stack = nullptr;
  std::size_t old_bytes = 0;
  __sanitizer_finish_switch_fiber(self.sanitizer_stack, &old_stack, &old_bytes);
  if (switched_from->stack == nullptr) {  // the caller's own stack: only now are its bounds known
    switched_from->stack = static_cast<std::byte*>(const_cast<void*>(old_stack));
    switched_from->stack_bytes = old_bytes;
  }
}

void forget_poison(Fiber& fiber) { __asan_unpoison_memory_region(fiber.stack, fiber.stack_bytes); }
#else
void announce_switch(Fiber&, Fiber&, bool) {}
void announce_arrival(Fiber&) {}
void forget_poison(Fiber&) {}
#endif

std::size_t page_bytes() { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }

}  // namespace

void fiber_prepare(Fiber& fiber, FiberEntry entry, void* argument, std::size_t stagger) {
  fiber.sanitizer_stack = nullptr;
  fiber.state = machine_prepare(fiber.stack, fiber.stack + fiber.stack_bytes - stagger, entry, argument);
}

void fiber_switch(Fiber& from, Fiber& to) {
  announce_switch(from, to, false);
  fno_fiber_switch(&from.state, to.state);
  announce_arrival(from);
}

void fiber_leave(Fiber& from, Fiber& to) {
  announce_switch(from, to, true);
  fno_fiber_switch(&from.state, to.state);
  __builtin_unreachable();
}

void fiber_entered(Fiber& self) { announce_arrival(self); }

void fiber_forget_frames(Fiber& fiber) { forget_poison(fiber); }

StackPool::~StackPool() {
  for (std::byte* stack : stacks_) munmap(stack - page_bytes(), kStackBytes + page_bytes());
}

void StackPool::assign(std::size_t number, Fiber& fiber) {
  while (stacks_.size() <= number) {
    void* mapped = mmap(nullptr, kStackBytes + page_bytes(), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    require<ErrorKind::device>(mapped != MAP_FAILED, "CUDA emulation: no memory for the stack of thread ", number);
    mprotect(mapped, page_bytes(), PROT_NONE);
    stacks_.push_back(static_cast<std::byte*>(mapped) + page_bytes());
  }
  fiber.stack = stacks_[number];
  fiber.stack_bytes = kStackBytes;
}

}  // namespace fno::cu::emulated
