#pragma once

#include <complex>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "framework/cpu/threads.h"
#include "tools/tasks/ptychography/probe.h"

namespace fno::ptychography {

/// Settings of the "grid lines" data set, one member a flag.
struct GridLines {
  int N = 64;                                          ///< --N: side of patch and detector, even
  int gridsize = 1;                                    ///< --gridsize: only 1 can be simulated
  int size = 392;                                      ///< --size: side of an object, even
  int outer_offset_train = 8, outer_offset_test = 20;  ///< twice the stride between patches; even, at most 2 N
  int nimgs_train = 2, nimgs_test = 2;                 ///< objects a split
  int nimgs_validation = 0;  ///< objects of a third split, scanned as the test split; 0 = none
  double nphotons = 1e9;     ///< mean photons a training pattern
  bool noise = true;         ///< Poisson noise on the counts
  bool set_phi = false;      ///< objects with a phase, else real
  ProbeSource probe_source = ProbeSource::analytic;
  std::optional<std::string> probe_npz;       ///< exactly with ProbeSource::custom
  double probe_smoothing_sigma = 0.5;         ///< pixels, of a custom probe's amplitude; 0 = off
  std::optional<double> probe_mask_diameter;  ///< pixels, of any probe
  std::uint64_t noise_seed = 0;
  std::optional<int> patches_train;  ///< this many training patches, drawn at random with noise_seed
};

/// Errors: config, naming the flag, what was found and what is accepted.
void check_grid_lines(const GridLines& settings);

/// The smoothing that takes place: 0 for a probe from a formula.
[[nodiscard]] double smoothing_in_force(const GridLines& settings);

/// Objects of one split and what is cut from them. A patch is numbered image by image, then row by row; only those in
/// `patches` are stored, in this order. Patch p begins at row (p / axis % axis) stride and column (p % axis) stride.
struct Split {
  std::string name;                      ///< "train", "test" or "validation"
  std::uint32_t object_seed = 0;         ///< of its objects: 1, 2, 3; also names its noise
  int images = 0, axis = 0, stride = 0;  ///< axis: positions along a side
  std::vector<double> amplitude;         ///< (images, size, size)
  std::vector<double> phase;             ///< the same, radians; empty if zero
  double norm_Y_I = 0;                   ///< mean over all patches of the patch maximum
  std::vector<std::int64_t> patches;

  [[nodiscard]] std::int64_t count() const { return static_cast<std::int64_t>(patches.size()); }
};

/// A data set ready to be computed patch by patch. Objects take 8 bytes a pixel, 16 with a phase; nothing larger.
struct GridLinesSet {
  GridLines settings;
  std::string probe_sha256;    ///< of the probe file; empty without one
  std::vector<Complex> probe;  ///< P (N, N), prepared, not normalised
  double nu = 0;               ///< the simulation illuminates with P / nu
  double intensity_scale = 0;  ///< kappa: sqrt(nphotons / mean over all training patches of sum |e|^2)
  Split train, test;
  std::optional<Split> validation;
};

/// Draws the objects and fixes the scales. These, the objects and every patch that is kept do not depend on
/// patches_train. Errors: config as check_grid_lines or a probe that its mask blots out; data of the probe file.
[[nodiscard]] GridLinesSet prepare(const GridLines& settings);

/// The patches that patches_train keeps of a full scan, ascending. Shapes: 1 <= kept <= patches.
[[nodiscard]] std::vector<std::int64_t> training_subset(std::int64_t patches, std::int64_t kept,
                                                        std::uint64_t noise_seed);

/// X = sqrt(k) / kappa (count, N, N), zero frequency at (N/2, N/2): k is Poisson of mean |FFT2(kappa e)|^2 / N^2, or
/// this mean without noise; e = patch / norm_Y_I * P / nu. The noise of a patch depends on noise_seed, split and patch
/// number alone, so not on the threads.
void compute_diffraction(const GridLinesSet& set, const Split& split, cpu::Threads& threads, std::span<float> x);

/// |e| (count, N, N).
void compute_illuminated_amplitude(const GridLinesSet& set, const Split& split, std::span<float> y);

/// The phase of the patches in radians (count, N, N).
void compute_patch_phase(const GridLinesSet& set, const Split& split, std::span<float> phi);

/// Row and column of the patch centres, (count, 1, 2, 1).
[[nodiscard]] std::vector<float> patch_centres(const GridLinesSet& set, const Split& split);

/// The objects with their phase, (images, size, size), not normalised.
[[nodiscard]] std::vector<std::complex<float>> full_objects(const Split& split);

}  // namespace fno::ptychography
