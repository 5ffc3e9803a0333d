#pragma once

#include <array>
#include <utility>

#include "framework/cpu/simd.h"

namespace fno::cpu {

/// Rows of a register tile that is `vectors` wide: rows × vectors accumulators, the vectors of one operand and a little
/// room must fit the registers.
constexpr int tile_rows(int vectors) {
  return kVectorRegisters == 32 ? (vectors == 1   ? 14
                                   : vectors == 2 ? 12
                                                  : 8)
                                : (vectors == 1   ? 8
                                   : vectors == 2 ? 6
                                                  : 4);
}
inline constexpr int kMaxTileVectors = 3;

}  // namespace fno::cpu
