#pragma once

#include <cstdint>

namespace fno::cpu {

/// Sum of n numbers in double: in ways that overlap, then pairwise; a fixed order.
template <class T>
double plane_sum(const T* x, std::int64_t n) {
  constexpr int kWays = 8;
  double part[kWays] = {};
  std::int64_t i = 0;
  for (; i + kWays <= n; i += kWays)
    for (int w = 0; w < kWays; ++w) part[w] += static_cast<double>(x[i + w]);
  for (; i < n; ++i) part[0] += static_cast<double>(x[i]);
  return ((part[0] + part[1]) + (part[2] + part[3])) + ((part[4] + part[5]) + (part[6] + part[7]));
}

}  // namespace fno::cpu
