#pragma once

#include "framework/kernels/scalar.h"

namespace fno {

/// Bits of fno::Random(seed, stream) from its first block on: out[4i … 4i+3] is block first_block + i.
struct RandomBits {
  std::uint32_t* out;  // (n)
  std::int64_t n;
  std::uint64_t seed, stream, first_block;
};

/// Uniform floats in [0, 1), (bits >> 8)·2⁻²⁴ of the same stream: bit-equal on every device.
struct RandomUniform {
  float* out;  // (n)
  std::int64_t n;
  std::uint64_t seed, stream, first_block;
};

}  // namespace fno
