#pragma once

#include <cstdint>
#include <vector>

#include "cuda/emulation/emulated/options.h"
#include "cuda/emulation/target.h"

namespace fno::cu::emulated {

inline constexpr unsigned kWarp = 32;
inline constexpr unsigned kMaxThreads = 1024;

/// A small generator of its own (splitmix64), so that a seed means the same run everywhere.
class Dice {
 public:
  explicit Dice(std::uint64_t seed = 0) : state_(seed) {}
  std::uint64_t next();
  unsigned below(unsigned bound) { return static_cast<unsigned>((next() >> 32) * bound >> 32); }

 private:
  std::uint64_t state_;
};

/// The threads of a block that can run, and which of them runs next. A thread is in here at most once.
class Schedule {
 public:
  /// Empties it for a block of `threads`.
  void reset(const Options& options, unsigned threads, Dice dice);

  /// Makes ready the lanes of `mask` in the warp that begins at thread `first`, or all threads of the block.
  void wake(unsigned first, std::uint32_t mask);
  void wake_all();

  /// Takes the next thread out; -1 if none is ready.
  int take();

 private:
  void push(unsigned thread);
  int take_random();
  int take_deep();

  Order order_ = Order::forward;
  unsigned threads_ = 0;
  Dice dice_;
  // forward and reverse: a ring, first in first out.
  std::vector<std::uint16_t> ring_ = std::vector<std::uint16_t>(kMaxThreads);
  unsigned head_ = 0, count_ = 0;
  // random: a bag.
  std::vector<std::uint16_t> bag_;
  // deep: the ready lanes of each warp, the warps that have some, and the warp being driven.
  std::uint32_t ready_[kMaxThreads / kWarp] = {};
  std::uint32_t warps_ = 0;
  unsigned driven_ = 0;
};

/// The order in which the blocks of a grid run, as linear numbers.
[[nodiscard]] std::vector<std::uint32_t> block_order(const Options& options, std::uint32_t blocks);

}  // namespace fno::cu::emulated
