#pragma once

#include <cstdint>
#include <vector>

#include "framework/tensor/philox.h"

namespace fno {

/// One independent stream of random numbers on the host, named by (seed, stream). Copies are cheap; two generators
/// with the same name give the same numbers on every machine.
class Random {
 public:
  explicit Random(std::uint64_t seed, std::uint64_t stream = 0) : seed_(seed), stream_(stream) {}

  /// The next 32 random bits.
  std::uint32_t bits();
  /// Uniform in [0, 1) with 24 bits: exactly representable in float32, so bit-equal on every device.
  float uniform() { return static_cast<float>(bits() >> 8) * 0x1p-24f; }
  /// Uniform in [0, 1) with 53 bits.
  double uniform53();
  /// Standard normal (Box and Muller, in double). Host only: libm differs between devices.
  double normal();
  /// Uniform integer in [0, n), n >= 1, without bias.
  std::uint64_t below(std::uint64_t n);
  /// A random order of 0 … n-1 (Fisher and Yates).
  std::vector<std::int64_t> permutation(std::int64_t n);

 private:
  std::uint64_t seed_, stream_, block_ = 0;
  std::array<std::uint32_t, 4> buffer_{};
  int used_ = 4;
  bool has_spare_ = false;
  double spare_ = 0;
};

}  // namespace fno
