#pragma once

#include "cuda/emulation/runtime.h"

/// For each rule of the emulator a kernel that breaks it, on the line marked "breaks: <name>".
namespace fno::emulation_test {
inline namespace CU_TARGET {

enum class Rule {
  own_mask,             // a lane outside its own mask
  absent_lane,          // a mask names a lane the block does not have
  exited_lane,          // a mask names a lane that has returned
  lane_in_barrier,      // a mask names a lane that waits in __syncthreads
  two_arms,             // both arms of a branch shuffle with the whole warp's mask
  foreign_source,       // a shuffle reads a lane outside its mask
  barrier_after_exit,   // __syncthreads after a thread has returned
  exit_before_barrier,  // a thread returns while others wait in __syncthreads
  two_barriers,         // __syncthreads in both arms of a branch
  deadlock,             // three lanes wait for each other in a ring
  copy_destination,     // cp.async to a misaligned address in shared memory
  copy_source,          // cp.async from a misaligned address in global memory
  copy_to_global,       // cp.async whose destination is not shared memory
  copy_from_shared,     // cp.async whose source is shared memory
  copy_length,          // cp.async of more bytes than it moves
  shuffle_width,        // a width that is no power of two
  too_much_shared,      // static and dynamic shared memory together
  mma_needs_warp,       // mma in half a warp
};

/// Launches the kernel that breaks the rule. `memory` is device memory of 256 bytes.
void break_rule(Rule rule, float* memory);

/// out[i] = bits of a shared word that nobody wrote; block after block, `blocks` of them, each spoiling it after.
void read_unwritten_shared(unsigned* out, int blocks);

/// A read of `memory`, which may be anything.
void read_one(const float* memory, float* out);

}  // namespace CU_TARGET
}  // namespace fno::emulation_test
