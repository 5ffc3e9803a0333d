#pragma once

#include <optional>

#include "framework/kernels/backend.h"
#include "tools/commands/verify/finding.h"

namespace fno::verify {

/// A training step of a Fourier layer (batch 8, 32 channels, 64 x 64, 12 modes) against its floor on this device: the
/// bytes and flop of its jobs at the copy bandwidth and multiply-add rate just measured (framework/tracing/roof.h). The
/// finding's error is seconds over the floor's, its bound what is expected, and beyond it is a warning, for a machine
/// may be busy. Nothing is measured on a device that emulates another: it has no speed of its own.
[[nodiscard]] Finding check_speed(const Device& device, std::optional<int> cpu_threads, std::uint64_t seed);

/// bench/RESULTS.md has layers at 3.0 to 4.2 times their floor on a quiet machine.
inline constexpr double kExpectedOverFloor = 5;

}  // namespace fno::verify
