#include "cuda/emulation/emulated/warp.h"

#include <bit>

#include "cuda/emulation/emulated/block.h"

namespace fno::cu::emulated {
namespace {

constexpr std::uint32_t bit(unsigned lane) { return 1u << lane; }
unsigned lowest(std::uint32_t lanes) { return static_cast<unsigned>(std::countr_zero(lanes)); }

void check_mask(Block& block, const Thread& self, const char* name, std::uint32_t mask, const Site& site) {
  const Warp& warp = *self.warp;
  if ((mask & bit(self.lane)) == 0) block.fail(self, site, name, ": lane ", self.lane, " is not in its own mask");
  if (const std::uint32_t absent = mask & ~warp.existing)
    block.fail(self, site, name, ": the mask names lane ", lowest(absent), ", which does not exist in this block");
  if (const std::uint32_t gone = mask & warp.exited)
    block.fail(self, site, name, ": the mask names lane ", lowest(gone), ", which has exited");
  if (const std::uint32_t waiting = mask & warp.in_barrier)
    block.fail(self, site, name, ": the mask names lane ", lowest(waiting), ", which waits in the block barrier at ",
               block.thread(warp.first + lowest(waiting)).waits_at);
}

}  // namespace

void gather(const char* name, std::uint32_t mask, void* operand, Compute compute, const Site& site) {
  const EmulatorScope scope(name);
  Block& block = current_block();
  Thread& self = *current_thread;
  Warp& warp = *self.warp;
  check_mask(block, self, name, mask, site);

  Gathering* mine = nullptr;
  for (Gathering& other : warp.pending) {
    // The same file, line and column is the same operation; two arms of a branch are two.
    if (other.mask == mask && same_place(other.site, site)) {
      mine = &other;
    } else if ((other.mask & bit(self.lane)) != 0 && (other.arrived & mask) != 0) {
      block.fail(self, site, name, ": the mask names lane ", lowest(other.arrived & mask), ", which waits for lane ",
                 self.lane, " in another operation, ", other.name, " at ", other.site);
    }
  }
  if (mine == nullptr) {
    warp.pending.push_back({.name = name, .mask = mask, .arrived = 0, .site = site, .operands = {}});
    mine = &warp.pending.back();
  }
  mine->operands[self.lane] = operand;
  mine->arrived |= bit(self.lane);
  if (mine->arrived == mask) {
    if (compute != nullptr) compute(block, warp, *mine);
    *mine = warp.pending.back();
    warp.pending.pop_back();
    block.schedule().wake(warp.first, mask);
  }
  block.wait();
}

void refuse_to_leave(Block& block, const Thread& self, const char* does) {
  for (const Gathering& pending : self.warp->pending)
    if ((pending.mask & bit(self.lane)) != 0)
      block.fail(self, pending.site, "lane ", self.lane, " ", does, " while lane ", lowest(pending.arrived),
                 " waits for it in ", pending.name);
}

namespace {

struct ShuffleOperand {
  std::uint64_t value, result;
  unsigned source;
};

void shuffle_all(Block& block, Warp& warp, Gathering& lanes) {
  for (std::uint32_t left = lanes.mask; left != 0; left &= left - 1) {
    const unsigned lane = lowest(left);
    auto& operand = *static_cast<ShuffleOperand*>(lanes.operands[lane]);
    if ((lanes.mask & bit(operand.source)) == 0)
      block.fail(block.thread(warp.first + lane), lanes.site, lanes.name, ": lane ", lane, " reads lane ",
                 operand.source, ", which is not in the mask");
    operand.result = static_cast<ShuffleOperand*>(lanes.operands[operand.source])->value;
  }
}

// CUDA C++ Programming Guide, "Warp Shuffle Functions": out of its segment, a lane reads itself. Only `index` wraps,
// and an exclusive or may read an earlier segment.
unsigned source_lane(Shuffle kind, unsigned lane, unsigned operand, unsigned width) {
  const unsigned begin = lane & ~(width - 1), end = begin + width;
  switch (kind) {
    case Shuffle::index: return begin + (operand & (width - 1));
    case Shuffle::up: return lane - begin >= operand ? lane - operand : lane;
    case Shuffle::down: return operand < end - lane ? lane + operand : lane;
    case Shuffle::exclusive_or: break;
  }
  const unsigned other = lane ^ (operand % kWarp);
  return other < end ? other : lane;
}

struct BallotOperand {
  bool predicate;
  std::uint32_t result;
};

void ballot_all(Block&, Warp&, Gathering& lanes) {
  std::uint32_t votes = 0;
  for (std::uint32_t left = lanes.mask; left != 0; left &= left - 1)
    if (static_cast<BallotOperand*>(lanes.operands[lowest(left)])->predicate) votes |= bit(lowest(left));
  for (std::uint32_t left = lanes.mask; left != 0; left &= left - 1)
    static_cast<BallotOperand*>(lanes.operands[lowest(left)])->result = votes;
}

// Of the warp operations only __syncwarp orders memory accesses; shuffles and votes promise nothing of the kind.
void sync_all(Block& block, Warp& warp, Gathering& lanes) {
  if constexpr (race::kWatched) {
    race::WarpClock joined;
    const auto each = [&](auto&& act) {
      for (std::uint32_t left = lanes.mask; left != 0; left &= left - 1) act(block.thread(warp.first + lowest(left)));
    };
    each([&](Thread& thread) { thread.clock.advance(thread.lane), joined.join(thread.clock); });
    each([&](Thread& thread) { thread.clock = joined; });
  }
}

}  // namespace

std::uint64_t shuffle(Shuffle kind, std::uint32_t mask, std::uint64_t value, int operand, int width, const Site& site) {
  constexpr const char* kNames[] = {"__shfl_sync", "__shfl_up_sync", "__shfl_down_sync", "__shfl_xor_sync"};
  const char* name = kNames[static_cast<int>(kind)];
  if (width < 1 || width > 32 || !std::has_single_bit(static_cast<unsigned>(width))) {
    const EmulatorScope scope(name);
    current_block().fail(*current_thread, site, name, ": width is ", width, "; a power of two up to 32 is accepted");
  }
  const unsigned lane = current_thread != nullptr ? current_thread->lane : 0;  // gather refuses host code
  ShuffleOperand mine{value, 0, source_lane(kind, lane, static_cast<unsigned>(operand), static_cast<unsigned>(width))};
  gather(name, mask, &mine, shuffle_all, site);
  return mine.result;
}

std::uint32_t ballot(const char* name, std::uint32_t mask, bool predicate, const Site& site) {
  BallotOperand mine{predicate, 0};
  gather(name, mask, &mine, ballot_all, site);
  return mine.result;
}

void sync_warp(std::uint32_t mask, const Site& site) { gather("__syncwarp", mask, nullptr, sync_all, site); }

}  // namespace fno::cu::emulated
