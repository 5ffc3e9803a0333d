#pragma once

#include <cstdint>
#include <limits>

#include "cuda/emulation/target.h"
#include "framework/error.h"

/// Launch extents from 64-bit counts.
namespace fno::cuda::CU_TARGET {

template <class Int>
constexpr Int ceil_div(Int a, Int b) {
  return (a + b - 1) / b;
}

inline constexpr std::int64_t kMaxGridX = std::numeric_limits<std::int32_t>::max();
inline constexpr std::int64_t kMaxGridYZ = 65535;

/// `blocks` as an extent of the grid. Throws Error(device) beyond what a launch can have.
inline unsigned grid_extent(const char* kernel, std::int64_t blocks, std::int64_t most = kMaxGridX) {
  require<ErrorKind::device>(blocks >= 1 && blocks <= most, kernel, ": ", blocks,
                             " blocks along one axis, accepted are 1 to ", most);
  return static_cast<unsigned>(blocks);
}

}  // namespace fno::cuda::CU_TARGET
