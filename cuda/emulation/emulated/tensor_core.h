#pragma once

#include <cstdint>
#include <source_location>

#include "cuda/emulation/target.h"

/// Software twins of the tensor-core instructions. Layouts: PTX ISA, "Matrix fragments for mma.m16n8k8" and
/// "... mma.m16n8k16". With g = lane / 4 and t = lane % 4 a lane holds
///
///     d        rows g, g, g+8, g+8, columns 2t, 2t+1, 2t, 2t+1
///     tf32     a: (g, t) (g+8, t) (g, t+4) (g+8, t+4)           b: (t, g) (t+4, g)
///     bf16     a: (g, 2t) (g+8, 2t) (g, 2t+8) (g+8, 2t+8)       b: (2t, g) (2t+8, g)
///
/// where a bf16 register holds that element (low half) and its neighbour along k (high half). Products are exact and
/// sums are rounded to float in ascending k; the hardware rounds otherwise, so results agree only to a tolerance.
namespace fno::cu::emulated {

void mma_tf32_all(float* d, const std::uint32_t* a, const std::uint32_t* b, const std::source_location& site);
void mma_bf16_all(float* d, const std::uint32_t* a, const std::uint32_t* b, const std::source_location& site);

/// Rounds to 10 bits of mantissa, ties away from zero, as cvt.rna.tf32.f32 does.
[[nodiscard]] std::uint32_t round_to_tf32(float value);

}  // namespace fno::cu::emulated
