#pragma once

#include <bit>
#include <cstdint>

#include "cuda/emulation/target.h"

namespace fno::cu::CU_TARGET {

/// A 16-bit float with the exponent of float: its upper half. Our own type under both compilers, so that the tests see
/// the one that ships; kernels convert with to_bf16 and to_float of portable.h, host code with the two below.
struct bfloat16 {
  std::uint16_t bits;
};

/// Round to nearest, ties to even; a NaN stays a (quiet) NaN.
[[nodiscard]] inline bfloat16 host_to_bf16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return {std::uint16_t((bits >> 16) | 0x40u)};
  return {std::uint16_t((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16)};
}

[[nodiscard]] inline float host_to_float(bfloat16 value) {
  return std::bit_cast<float>(std::uint32_t(value.bits) << 16);
}

}  // namespace fno::cu::CU_TARGET
