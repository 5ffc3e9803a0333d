#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tools/report/plot.h"
#include "tools/report/sample_picture.h"
#include "tools/tasks/ptychography/image_metrics.h"

namespace fno::ptychography {

/// A reconstruction with its name, such as "pinn_hybrid". Figures are drawn from truth and image as scored_images makes
/// them comparable: trimmed, mean amplitude matched, phases less their planes.
struct LabelledRecon {
  std::string label = {};
  ComplexImage image = {};  ///< the size of the truth
  ReconMetrics metrics = {};
};

/// Least and greatest finite value away from the border, patch_size/16 pixels on every side, at most 32: a rim that is
/// badly reconstructed must not set the colours. Both alike if they differ by rounding only; [0, 0] if no value is
/// finite.
[[nodiscard]] report::Limits inner_limits(const RealImage& image, int patch_size);

/// Two rows, amplitude (viridis) and phase (twilight); columns: the truth, the models in their order, the probe if
/// there is one. Each panel has its own colour limits, printed below: of the truth from all of it, of models by
/// inner_limits. Errors   config if a model has another size than the truth
[[nodiscard]] report::Image compare_amp_phase(const ComplexImage& truth, std::span<const LabelledRecon> models,
                                              const std::optional<ComplexImage>& probe, int patch_size);

/// The truth alone, amplitude above phase.
[[nodiscard]] report::Image truth_amp_phase(const ComplexImage& truth);

/// One model, amplitude above phase.
[[nodiscard]] report::Image amp_phase(const ComplexImage& truth, const LabelledRecon& model, int patch_size);

/// The same with the absolute errors (magma, from 0) on the right.
[[nodiscard]] report::Image amp_phase_error(const ComplexImage& truth, const LabelledRecon& model, int patch_size);

/// Amplitude and phase as samples of a page: truth and reconstructions in one strip and one colour scale, their
/// absolute errors in another. Errors as above.
[[nodiscard]] std::vector<report::Sample> reconstruction_samples(const ComplexImage& truth,
                                                                 std::span<const LabelledRecon> models, int patch_size);

/// Of a run's page: truth, reconstruction and error of the amplitude, and of the phase.
[[nodiscard]] std::vector<report::Sample> run_samples(const ComplexImage& truth, const ComplexImage& recon);

/// Ring correlation by ring from 0 to 1.05, one line a model, also for one without a curve, with guide lines at 0.5 and
/// 1/7: a plot of the amplitudes, and one of the phases if any model has such a curve.
[[nodiscard]] std::vector<report::Plot> frc_plots(std::span<const LabelledRecon> models);

/// The place of a label in figures: gt, pinn, baseline, pinn_fno, pinn_hybrid, pinn_stable_hybrid, pinn_fno_vanilla,
/// pinn_hybrid_resnet, then all others.
[[nodiscard]] int figure_place(const std::string& label);

/// Writes compare_amp_phase.png, amp_phase_gt.png, amp_phase_LABEL.png, amp_phase_error_LABEL.png, frc_curves.png and
/// frc_curves.svg into the folder, which is made; models in the order of figure_place. Errors: storage; config as
/// above.
void write_figures(const std::filesystem::path& folder, const ComplexImage& truth, std::vector<LabelledRecon> models,
                   const std::optional<ComplexImage>& probe, int patch_size);

}  // namespace fno::ptychography
