#include <cstdint>
#include <new>
#include <ucontext.h>

#include "cuda/emulation/emulated/fiber_machine.h"

// The fallback for other processors. A system call each way makes it 40 to 100 times slower than a switch by hand.
namespace fno::cu::emulated {
namespace {

// makecontext passes only ints, so the two halves of a pointer travel by themselves.
struct Start {
  ucontext_t context;
  FiberEntry entry;
  void* argument;
};

void start(unsigned high, unsigned low) {
  auto* begin = reinterpret_cast<Start*>((std::uintptr_t{high} << 32) | low);
  begin->entry(begin->argument);
}

}  // namespace

void* machine_prepare(std::byte* bottom, std::byte* top, FiberEntry entry, void* argument) {
  const auto room = (reinterpret_cast<std::uintptr_t>(top) - sizeof(Start)) & ~std::uintptr_t{63};
  auto* begin = new (reinterpret_cast<void*>(room)) Start{};
  begin->entry = entry;
  begin->argument = argument;
  getcontext(&begin->context);
  begin->context.uc_stack.ss_sp = bottom;
  begin->context.uc_stack.ss_size = room - reinterpret_cast<std::uintptr_t>(bottom);
  begin->context.uc_link = nullptr;
  const auto address = reinterpret_cast<std::uintptr_t>(begin);
  makecontext(&begin->context, reinterpret_cast<void (*)()>(&start), 2, unsigned(address >> 32), unsigned(address));
  return &begin->context;
}

// The state of a fiber that stands still lives in this frame, on its own stack.
extern "C" void fno_fiber_switch(void** save, void* load) {
  ucontext_t here;
  *save = &here;
  swapcontext(&here, static_cast<ucontext_t*>(load));
}

}  // namespace fno::cu::emulated
