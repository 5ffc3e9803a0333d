#include "framework/tensor/random.h"

#include <cmath>
#include <numbers>
#include <numeric>

#include "framework/error.h"

namespace fno {

// Counter words 0-1 hold the block, 2-3 the stream; the key is the seed.
std::uint32_t Random::bits() {
  if (used_ == 4) {
    buffer_ = philox4x32({static_cast<std::uint32_t>(block_), static_cast<std::uint32_t>(block_ >> 32),
                          static_cast<std::uint32_t>(stream_), static_cast<std::uint32_t>(stream_ >> 32)},
                         {static_cast<std::uint32_t>(seed_), static_cast<std::uint32_t>(seed_ >> 32)});
    ++block_;
    used_ = 0;
  }
  return buffer_[static_cast<std::size_t>(used_++)];
}

double Random::uniform53() {
  const std::uint64_t high = bits() >> 5, low = bits() >> 6;
  return static_cast<double>(high * 67108864u + low) * 0x1p-53;
}

double Random::normal() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_;
  }
  const double radius = std::sqrt(-2 * std::log(1 - uniform53()));
  const double angle = 2 * std::numbers::pi * uniform53();
  spare_ = radius * std::sin(angle);
  has_spare_ = true;
  return radius * std::cos(angle);
}

std::uint64_t Random::below(std::uint64_t n) {
  require<ErrorKind::config>(n > 0, "Random::below: the range is empty");
  const std::uint64_t limit = -n % n;  // 2^64 mod n: values under it would make the first residues too likely
  for (;;) {
    const std::uint64_t value = (std::uint64_t{bits()} << 32) | bits();
    if (value >= limit) return value % n;
  }
}

std::vector<std::int64_t> Random::permutation(std::int64_t n) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  for (std::int64_t i = n - 1; i > 0; --i)
    std::swap(order[static_cast<std::size_t>(i)], order[below(static_cast<std::uint64_t>(i) + 1)]);
  return order;
}

}  // namespace fno
