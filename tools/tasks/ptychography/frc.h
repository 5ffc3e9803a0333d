#pragma once

#include <optional>
#include <vector>

#include "tools/tasks/ptychography/image2d.h"

namespace fno::ptychography {

/// Fourier ring correlation of two real images: how far they agree, by spatial frequency.
///
///     curve[q] = |⟨F_T conj(F_R)⟩| / √(⟨|F_T|²⟩ ⟨|F_R|²⟩),   ⟨⟩ the mean over ring q
///
/// F are the unnormalised transforms of the images as they are: no window, the mean stays. Ring q holds the frequencies
/// (k, l), counted from -n/2, whose √(k² + l²) rounds to q, halves to even, out to the corner: 232 rings for n = 326.
/// Oblong images are cropped to their central square. A ring in which the reconstruction has no power at all (a
/// constant, beyond ring 0), or the truth none, has 0: nothing agrees there.
/// Result   nothing if the truth is zero everywhere, as the phase of a real object is
/// Errors   config if the sizes differ
/// Source   van Heel, Schatz, Fourier shell correlation threshold criteria, J. Struct. Biol. 151, 2005
[[nodiscard]] std::optional<std::vector<double>> ring_correlation(const RealImage& truth, const RealImage& recon);

/// The first ring below the threshold; the length of the curve if there is none; NaN without a curve, or if the curve
/// is not a number up to there.
[[nodiscard]] double ring_cutoff(const std::optional<std::vector<double>>& curve, double threshold);

/// The same, with the place of the crossing interpolated linearly between that ring and the one before.
[[nodiscard]] double interpolated_ring_cutoff(const std::optional<std::vector<double>>& curve, double threshold);

}  // namespace fno::ptychography
