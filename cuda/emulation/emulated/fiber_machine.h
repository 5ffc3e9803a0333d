#pragma once

#include "cuda/emulation/emulated/fiber.h"
#include "cuda/emulation/target.h"

/// The part of a fiber that depends on the processor: fiber_x86_64.cpp or fiber_ucontext.cpp, picked by CMake.
namespace fno::cu::emulated {

/// Lays out a stack whose top is at `top` so that machine_switch to the returned state calls entry(argument).
void* machine_prepare(std::byte* bottom, std::byte* top, FiberEntry entry, void* argument);

/// Saves the running state into *save and goes on in `load`.
extern "C" void fno_fiber_switch(void** save, void* load);

}  // namespace fno::cu::emulated
