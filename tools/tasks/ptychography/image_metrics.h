#pragma once

#include <optional>
#include <vector>

#include "tools/tasks/ptychography/frc.h"
#include "tools/tasks/ptychography/image2d.h"
#include "tools/tasks/ptychography/plane_fit.h"
#include "tools/training/json_values.h"

namespace fno::ptychography {

/// One number for the amplitudes, one for the phases.
struct AmplitudePhase {
  double amplitude = 0, phase = 0;
};

struct ScoringOptions {
  int trim = 2;                                            ///< pixels left out on every side
  PhaseAlignment phase_alignment = PhaseAlignment::plane;  ///< taken from truth and reconstruction, each its own
};

/// A reconstruction beside the truth, as it is scored: trimmed, its mean amplitude made that of the truth, the phases
/// aligned. Phases are not unwrapped.
struct ScoredImages {
  RealImage truth_amplitude, recon_amplitude;  ///< units of the object
  RealImage truth_phase, recon_phase;          ///< radians
  /// mean|T| / mean|R|, by which recon_amplitude has been multiplied; 1 if R is zero everywhere. It takes up the gauge
  /// that the physics leaves free.
  double mean_match_factor = 1;
  /// Of |R| before that, trimmed.
  MeanAndStd recon_spread;
};

/// Errors   config if the sizes differ or nothing is left after trimming
[[nodiscard]] ScoredImages scored_images(const ComplexImage& truth, const ComplexImage& recon,
                                         const ScoringOptions& options = {});

/// Quality of a reconstruction against the truth. Amplitudes in units of the object, phases in radians. Values may be
/// NaN or infinite; each says when.
struct ReconMetrics {
  AmplitudePhase mae, mse;          ///< of the difference; NaN if the reconstruction has a NaN
  AmplitudePhase psnr;              ///< dB, peak 255 whatever the data, in single precision: published_psnr
  AmplitudePhase psnr_data_range;   ///< dB, peak = range of the true amplitude, 2π for the phase; infinite if exact
  AmplitudePhase ssim;              ///< window 7 x 7; data range: of the true amplitude; phases as (φ+π)/2π, range 1
  AmplitudePhase ssim_gaussian;     ///< the same with a Gaussian window, sigma 1.5
  AmplitudePhase ms_ssim;           ///< of the amplitudes after a Gaussian filter, sigma 1; of the phases as for ssim
  AmplitudePhase frc50, frc1over7;  ///< first ring below 0.5 and 1/7; NaN without a curve
  AmplitudePhase frc50_interpolated, frc1over7_interpolated;
  std::optional<std::vector<double>> frc_amplitude, frc_phase;  ///< one value a ring; none if the truth is zero
  double mean_match_factor = 1;                                 ///< see ScoredImages
  double amplitude_mean = 0, amplitude_std = 0;                 ///< of the stitched |R| before the match, trimmed

  /// A collapsed network makes this 0; so does one that answers zero.
  [[nodiscard]] double amplitude_std_over_mean() const {
    return amplitude_std == 0 ? 0 : amplitude_std / amplitude_mean;
  }
};

/// All of them. Shapes: truth, recon (rows, cols), 7 + 2·trim pixels a side or more. Errors: config as scored_images
/// and ssim.
[[nodiscard]] ReconMetrics score(const ComplexImage& truth, const ComplexImage& recon,
                                 const ScoringOptions& options = {});

/// The trivial answer to beat: constant amplitude, zero phase.
[[nodiscard]] ReconMetrics score_constant(const ComplexImage& truth, const ScoringOptions& options = {});

/// 20·log10(255 / (√mse + 2.2e-16)), every step in single precision: the form behind published numbers, whose peak
/// belongs to 8-bit pictures.
[[nodiscard]] double published_psnr(double mse);

/// {"mae": [amplitude, phase], …, "frc": [[…], [… or null]], …}. A value that is NaN or infinite is null, with its name
/// at the same place of KEY_not_finite: {"frc50": [40, null], "frc50_not_finite": [null, "nan"]}. With `baseline`, its
/// metrics without curves stand under "baseline".
[[nodiscard]] training::Json metrics_json(const ReconMetrics& metrics,
                                          const std::optional<ReconMetrics>& baseline = std::nullopt);

/// M of metrics.json read back, curves included; nothing where it has no scores.
[[nodiscard]] std::optional<ReconMetrics> recon_metrics(const training::Json& json);

}  // namespace fno::ptychography
