#include <cstdint>

#include "cuda/emulation/emulated/fiber_machine.h"

// A switch is an ordinary call, so the compiler has already saved everything but the six registers a callee must keep.
// They go on the old stack, and come from the new one. The last step is pop and jmp, not ret: a ret to another stack's
// caller is mispredicted every time, which doubles the cost.
asm(R"(
  .text
  .p2align 4
  .globl fno_fiber_switch
  .type fno_fiber_switch, @function
fno_fiber_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  popq %rcx
  jmp *%rcx
  .size fno_fiber_switch, .-fno_fiber_switch

  # The first switch to a fiber arrives here, with the entry in r14 and its argument in r15.
  .p2align 4
  .globl fno_fiber_start
  .type fno_fiber_start, @function
fno_fiber_start:
  .cfi_startproc
  .cfi_undefined rip
  movq %r15, %rdi
  callq *%r14
  ud2
  .cfi_endproc
  .size fno_fiber_start, .-fno_fiber_start
)");

extern "C" void fno_fiber_start();

namespace fno::cu::emulated {

void* machine_prepare(std::byte*, std::byte* top, FiberEntry entry, void* argument) {
  // The ABI wants the stack pointer to be a multiple of 16 at the call in fno_fiber_start.
  const auto aligned = reinterpret_cast<std::uintptr_t>(top) & ~std::uintptr_t{15};
  auto* words = reinterpret_cast<void**>(aligned) - 7;
  words[0] = argument;                                  // r15
  words[1] = reinterpret_cast<void*>(entry);            // r14
  words[2] = words[3] = words[4] = words[5] = nullptr;  // r13 r12 rbx rbp
  words[6] = reinterpret_cast<void*>(&fno_fiber_start);
  return words;
}

}  // namespace fno::cu::emulated
