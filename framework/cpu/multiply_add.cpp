#include "framework/cpu/multiply_add.h"

#include "framework/cpu/simd.h"

namespace fno::cpu {
namespace {

// Independent sums: more than latency times units of any processor so far, and they fit 16 registers.
constexpr int kSums = 12;

}  // namespace

void multiply_add(std::int64_t rounds) {
  using S = Simd<float>;
  S::V sums[kSums];
  for (int i = 0; i < kSums; ++i) sums[i] = S::splat(static_cast<float>(i));
  const S::V factor = S::splat(0.999F), step = S::splat(0.001F);
  for (std::int64_t round = 0; round < rounds; ++round)
#pragma GCC unroll 16
    for (int i = 0; i < kSums; ++i) sums[i] = sums[i] * factor + step;
  float total = 0;
  for (const S::V& sum : sums) total += S::sum(sum);
  volatile float result = total;  // or nothing need be computed
  (void)result;
}

int multiply_add_flop() { return 2 * kSums * Simd<float>::lanes; }

}  // namespace fno::cpu
