#pragma once

#include <cstdint>
#include <vector>

#include "cuda/emulation/target.h"

/// Every wrapper around a PTX instruction once, for comparison of the device with the software twins that the emulator
/// runs. Compiled for both; wrappers_test.cpp compares.
namespace fno::wrapper_test {

/// 16x8 products of one warp, as registers: lane 0's first.
struct Fragments {
  std::vector<std::uint32_t> a, b;  // (32, 4), (32, 2)
  std::vector<float> d;             // (32, 4), the sum so far
};

/// x rounded one by one by to_tf32 and to_bf16, neighbours (2i, 2i+1) by pack_bf16.
struct Conversions {
  std::vector<std::uint32_t> tf32, bf16, pairs;
};

inline constexpr int kCopyThreads = 64;  // of which each copies `width` bytes in two groups

inline namespace CU_TARGET {

[[nodiscard]] Conversions convert(const std::vector<float>& x);
[[nodiscard]] std::vector<float> product_tf32(const Fragments& fragments);
[[nodiscard]] std::vector<float> product_bf16(const Fragments& fragments);
/// Global to shared to global memory: (2, 64, width) bytes, of which the first `valid` bytes of each copy are read and
/// the rest are zeros; with valid = width by the wrapper without that argument. width is 4, 8 or 16.
[[nodiscard]] std::vector<std::uint8_t> copied(const std::vector<std::uint8_t>& bytes, int width, int valid);

}  // namespace CU_TARGET
}  // namespace fno::wrapper_test
