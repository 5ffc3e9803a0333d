#include "cuda/emulation/emulated/options.h"

namespace fno::cu::emulated {
namespace {
Options current;
}  // namespace

std::string Options::describe() const {
  std::string copies = async_copy == AsyncCopy::late ? ", late copies" : ", early copies";
  if (most_blocks != Options{}.most_blocks) copies += ", at most " + std::to_string(most_blocks) + " blocks";
  switch (order) {
    case Order::forward: return "forward" + copies;
    case Order::reverse: return "reverse" + copies;
    case Order::random: return "random(" + std::to_string(seed) + ")" + copies;
    case Order::deep: break;
  }
  return "deep(" + std::to_string(seed) + ")" + copies;
}

const Options& options() { return current; }

ScopedOptions::ScopedOptions(const Options& wanted) : before_(current) { current = wanted; }
ScopedOptions::~ScopedOptions() { current = before_; }

std::vector<Options> all_options(int deep_seeds) {
  std::vector<Options> all;
  for (const AsyncCopy copies : {AsyncCopy::late, AsyncCopy::early}) {
    const std::int64_t blocks = copies == AsyncCopy::late ? Options{}.most_blocks : kFewBlocks;
    all.push_back({Order::forward, 0, copies, blocks});
    all.push_back({Order::reverse, 0, copies, blocks});
    all.push_back({Order::random, 1, copies, blocks});
    for (int seed = 1; seed <= deep_seeds; ++seed) all.push_back({Order::deep, std::uint64_t(seed), copies, blocks});
  }
  return all;
}

}  // namespace fno::cu::emulated
