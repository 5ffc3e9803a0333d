#pragma once

#include "framework/autograd/var.h"

namespace fno {

/// Amplitude of the far-field diffraction pattern of an object patch under a known probe:
///
///     o = patch[:, 0 … C-1] + i·patch[:, C … 2C-1]        the complex patch
///     y = fftshift( |FFT2(gain · o ⊙ probe)| / √(H·W) )    FFT2 unnormalised, so the chain is unitary:
///                                                          Σ y² = gain² · Σ |o ⊙ probe|²
///
/// fftshift moves frequency 0 of both axes to index ⌊H/2⌋, ⌊W/2⌋; sizes may be odd.
///
/// Shapes   patch (B, 2C, H, W) real, probe (H, W) complex of the same precision → (B, C, H, W) real
/// Units    amplitudes: y² is intensity, in the units of |o ⊙ probe|²
/// Gradient to the patch only; the probe is a constant. |·| has derivative Ψ/|Ψ|, and 0 where Ψ is 0, so a blank object
///          has a finite gradient: zero.
/// Errors   config for another rank or type, an odd number of channels, a probe of another size or type, a gain that is
///          not finite; device if patch and probe are on different ones.
/// Memory   backward keeps the complex spectrum: 8·B·C·H·W bytes in float.
/// Source   the forward chain of the Stage A study (section 3.1); `gain` is the probe gain of its section 3.2.
[[nodiscard]] Var diffraction_amplitude(const Var& patch, const Tensor& probe, double gain = 1);

}  // namespace fno
