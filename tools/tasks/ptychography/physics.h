#pragma once

#include <vector>

#include "tools/tasks/ptychography/dataset.h"
#include "tools/tasks/ptychography/settings.h"
#include "tools/training/validation.h"

namespace fno::ptychography {

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

/// The forward model that training sees: patch → illuminated field → far-field amplitude, times the probe gain.
/// Source: Stage A specification, sections 3.1 to 3.4; s_p = 1, r = 1, object_big off.
class Physics {
 public:
  Physics(const PtychoData& data, ProbeGain gain, const Device& device);

  /// (B, 2C, N, N) real and imaginary parts → amplitude (B, C, N, N).
  [[nodiscard]] Var amplitude(const Var& patch) const;
  /// The factor for a batch of this many patterns.
  [[nodiscard]] double gain(std::int64_t batch) const;
  [[nodiscard]] const ProbeGain& gain_rule() const { return gain_; }

 private:
  Tensor probe_;
  ProbeGain gain_;
};

/// The loss of that name (losses.h) of a patch against the measured amplitude; `counts` is the data's κ, 1 where they
/// do not say. A target of twice the channels has a mask in its second half: what that makes 0 in prediction and
/// measurement alike adds nothing to a loss.
[[nodiscard]] training::LossFunction physics_loss(const Physics& physics, const std::string& loss, double counts);

/// What every gate begins with: amplitudes below 0 and patterns without light are refused. Errors: numeric, naming the
/// sample.
void check_amplitudes(const PtychoData& data);

/// What the gate found.
struct GateResult {
  double error = 0;          ///< relative L1 error of the true object's diffraction against X
  double limit = 0;          ///< max(0.002, 3 times what the photon noise alone gives)
  std::int64_t patches = 0;  ///< compared
};

/// Puts the true object, times 1/(g·ν), through the live forward model and compares with X: what a perfect network
/// would score. The scales that this cannot see, because they cancel between object and probe, are held against the
/// file's metadata: n_Y against the objects, κ against the photons that the illuminated amplitudes make. Nothing (and
/// nothing checked) for data without full objects or scales: the text in `notice` says so.
///
/// Amplitudes below 0 and patterns without light are refused before anything else, whatever the file has. A measurement
/// has nothing more to hold against: the object of its file is somebody's reconstruction.
///
/// Errors   numeric, one line: which sample, which scale or that the diffraction does not fit, what was found, what is
/// accepted, and
///          --no-gate
/// Source   Stage A specification, section 3.3; the noise: a Poisson count's root has deviation 1/2
[[nodiscard]] std::optional<GateResult> gate(const PtychoData& data, const Physics& physics, const Device& device,
                                             std::string& notice);

}  // namespace fno::ptychography
