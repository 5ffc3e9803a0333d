#pragma once

#include <cstdint>
#include <vector>

#include "framework/cpu/threads.h"

namespace fno::bench {

/// The yardstick of every memory-bound number: bytes read plus bytes written per second of a plain copy between two
/// arrays far larger than the caches, with as many threads as the cases use.
class CopyBandwidth {
 public:
  explicit CopyBandwidth(int threads);
  /// Copies a few times and remembers each.
  void sample(int copies);
  /// Median over all samples, GB/s.
  [[nodiscard]] double median() const;
  [[nodiscard]] const std::vector<double>& samples() const { return samples_; }

 private:
  cpu::Threads team_;
  std::vector<std::uint8_t> from_, to_;
  std::vector<double> samples_;
};

}  // namespace fno::bench
