#pragma once

#include <cstdint>
#include <source_location>
#include <vector>

#include "cuda/emulation/target.h"

/// Warp operations (shuffles, votes, __syncwarp, mma) share one primitive: every lane named in the mask deposits a
/// pointer to its operands, and the last to arrive computes for all and wakes them. The operands lie on the stacks of
/// the lanes, which stand still meanwhile.
namespace fno::cu::emulated {

class Block;
struct Thread;
struct Warp;

/// Lanes that have met, or are about to, in one operation.
struct Gathering {
  const char* name = "";
  std::uint32_t mask = 0, arrived = 0;
  std::source_location site{};
  void* operands[32] = {};
};

/// Computes for all lanes of the gathering's mask.
using Compute = void (*)(Block& block, Warp& warp, Gathering& gathering);

struct Warp {
  unsigned first = 0;  // its lane 0 is this thread of the block
  std::uint32_t existing = 0, exited = 0, in_barrier = 0;
  std::vector<Gathering> pending;
};

/// Takes part in a warp operation and returns when it is done. Reports: a lane outside its own mask; a mask that names
/// a lane that does not exist, has exited, waits in a barrier, or waits in another operation for this very lane.
void gather(const char* name, std::uint32_t mask, void* operand, Compute compute, const std::source_location& site);

/// Reports a lane that other lanes wait for but that `does` something else ("exits", "waits in __syncthreads").
void refuse_to_leave(Block& block, const Thread& self, const char* does);

// The operations. Values travel as 64 bits; `source` names the lane to read.
enum class Shuffle { index, up, down, exclusive_or };
std::uint64_t shuffle(Shuffle kind, std::uint32_t mask, std::uint64_t value, int operand, int width,
                      const std::source_location& site);
std::uint32_t ballot(const char* name, std::uint32_t mask, bool predicate, const std::source_location& site);
void sync_warp(std::uint32_t mask, const std::source_location& site);

}  // namespace fno::cu::emulated
