#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "cuda/emulation/target.h"

/// How the emulator runs kernels. A correct kernel gives the same bits under every setting.
namespace fno::cu::emulated {

/// In which order ready threads run.
enum class Order {
  forward,  ///< ascending, all threads advance about equally
  reverse,  ///< descending, blocks too
  random,   ///< any ready thread, uniformly; weak, since all advance equally. Blocks shuffled
  deep,     ///< a random warp as far as it goes before any other runs; finds races far apart. Blocks shuffled
};

/// When the data of an asynchronous copy arrives in shared memory.
enum class AsyncCopy {
  late,   ///< at the wait that covers it; until then the destination holds 0xFF
  early,  ///< when it is issued
};

struct Options {
  Order order = Order::forward;
  std::uint64_t seed = 0;  // for random and deep
  AsyncCopy async_copy = AsyncCopy::late;
  /// Blocks of a grid that strides over its work. A few make every such loop go round where a real device's number of
  /// blocks, at the sizes of tests, would not.
  std::int64_t most_blocks = std::numeric_limits<std::int32_t>::max();

  [[nodiscard]] std::string describe() const;  ///< "deep(3), late copies, at most 2 blocks"
};

[[nodiscard]] const Options& options();

/// Sets the options for a scope and restores what was there.
class ScopedOptions {
 public:
  explicit ScopedOptions(const Options& wanted);
  ~ScopedOptions();
  ScopedOptions(const ScopedOptions&) = delete;
  ScopedOptions& operator=(const ScopedOptions&) = delete;

 private:
  Options before_;
};

/// The settings every kernel is tested in: forward, reverse, random and `deep_seeds` deep orders, each with late copies
/// and as many blocks as there is work for, and with early copies and kFewBlocks.
inline constexpr std::int64_t kFewBlocks = 2;
[[nodiscard]] std::vector<Options> all_options(int deep_seeds = 8);

}  // namespace fno::cu::emulated
