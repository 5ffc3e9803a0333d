#include "cuda/emulation/emulated/schedule.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <utility>

namespace fno::cu::emulated {

std::uint64_t Dice::next() {
  std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

void Schedule::reset(const Options& options, unsigned threads, Dice dice) {
  order_ = options.order;
  threads_ = threads;
  dice_ = dice;
  head_ = count_ = 0;
  bag_.clear();
  std::fill(std::begin(ready_), std::end(ready_), 0u);
  warps_ = 0;
  driven_ = 0;
}

void Schedule::push(unsigned thread) {
  switch (order_) {
    case Order::forward:
    case Order::reverse: ring_[(head_ + count_++) % kMaxThreads] = static_cast<std::uint16_t>(thread); break;
    case Order::random: bag_.push_back(static_cast<std::uint16_t>(thread)); break;
    case Order::deep:
      ready_[thread / kWarp] |= 1u << thread % kWarp;
      warps_ |= 1u << thread / kWarp;
      break;
  }
}

void Schedule::wake(unsigned first, std::uint32_t mask) {
  if (order_ == Order::reverse)
    for (; mask != 0; mask &= ~(0x80000000u >> std::countl_zero(mask))) push(first + 31u - std::countl_zero(mask));
  else
    for (; mask != 0; mask &= mask - 1) push(first + std::countr_zero(mask));
}

void Schedule::wake_all() {
  if (order_ == Order::reverse)
    for (unsigned thread = threads_; thread-- > 0;) push(thread);
  else
    for (unsigned thread = 0; thread < threads_; ++thread) push(thread);
  // Else the warp that arrived last at a barrier would always be the first to go on.
  if (order_ == Order::deep) driven_ = dice_.below((threads_ + kWarp - 1) / kWarp);
}

int Schedule::take() {
  if (order_ == Order::random) return take_random();
  if (order_ == Order::deep) return take_deep();
  if (count_ == 0) return -1;
  const unsigned thread = ring_[head_];
  head_ = (head_ + 1) % kMaxThreads;
  --count_;
  return static_cast<int>(thread);
}

int Schedule::take_random() {
  if (bag_.empty()) return -1;
  std::swap(bag_[dice_.below(static_cast<unsigned>(bag_.size()))], bag_.back());
  const unsigned thread = bag_.back();
  bag_.pop_back();
  return static_cast<int>(thread);
}

int Schedule::take_deep() {
  if (warps_ == 0) return -1;
  if (ready_[driven_] == 0) {
    // The n-th warp that has a ready lane.
    std::uint32_t candidates = warps_;
    for (unsigned n = dice_.below(std::popcount(warps_)); n > 0; --n) candidates &= candidates - 1;
    driven_ = std::countr_zero(candidates);
  }
  std::uint32_t& lanes = ready_[driven_];
  const unsigned turn = dice_.below(kWarp);
  const unsigned lane = (std::countr_zero(std::rotr(lanes, static_cast<int>(turn))) + turn) % kWarp;
  lanes &= ~(1u << lane);
  if (lanes == 0) warps_ &= ~(1u << driven_);
  return static_cast<int>(driven_ * kWarp + lane);
}

std::vector<std::uint32_t> block_order(const Options& options, std::uint32_t blocks) {
  std::vector<std::uint32_t> order(blocks);
  std::iota(order.begin(), order.end(), 0u);
  if (options.order == Order::forward) return order;
  if (options.order == Order::reverse) {
    std::reverse(order.begin(), order.end());
    return order;
  }
  Dice dice(options.seed ^ 0x626c6f636b73u);
  for (std::uint32_t left = blocks; left > 1; --left) std::swap(order[left - 1], order[dice.below(left)]);
  return order;
}

}  // namespace fno::cu::emulated
