#pragma once

#include <cstdint>

namespace fno::cpu {

/// Multiply-adds of float32 in registers, on this thread, so many rounds: as fast as this processor can. A yardstick.
void multiply_add(std::int64_t rounds);
/// Of a round, a multiply-add 2.
[[nodiscard]] int multiply_add_flop();

}  // namespace fno::cpu
