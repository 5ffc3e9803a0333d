#pragma once

#include <cstddef>

#include "cuda/emulation/emulated/vector_types.h"
#include "cuda/emulation/runtime.h"
#include "cuda/emulation/target.h"

namespace fno::cu::emulated {

/// A launch with its arguments packed: body(arguments) calls the kernel for one thread.
struct KernelCall {
  const void* address;
  void (*body)(const void* arguments);
  const void* arguments;
  std::size_t argument_bytes;
  language::dim3 grid, block;
  std::size_t dynamic_bytes;
  Stream stream;
};

/// Checks the configuration against a device's limits and runs all blocks, one after another, in the order of
/// options(). Throws Error{device} naming kernel, block, thread and source line of the first broken rule.
void run_kernel(const KernelCall& call);

}  // namespace fno::cu::emulated
