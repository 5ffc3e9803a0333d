#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "models/model.h"
#include "tools/files/host_array.h"
#include "tools/report/sample_picture.h"
#include "tools/tasks/ptychography/dataset.h"
#include "tools/tasks/ptychography/image_metrics.h"
#include "tools/tasks/ptychography/scan_object.h"
#include "tools/training/task.h"

namespace fno::ptychography {

inline constexpr const char* kNoTruth = "no truth: scores not available";

/// What a network makes of a measurement. Errors of amplitudes are Σ |predicted - measured| / Σ measured over the
/// pixels that count (the R factor of crystallography, and the loss mae of the whole scan).
struct MeasuredObject {
  /// In the units of the file: |FFT2(object · probe)| / N is the amplitude as stored, the root of what is stored as an
  /// intensity.
  StitchedObject stitched;
  double error = 0;                         ///< of the object put together
  double patch_error = 0;                   ///< of the patches before they were put together
  double constant = 0;                      ///< of the best constant object, the probe alone: the answer to beat
  std::optional<double> truth_error;        ///< of the object in the file
  std::optional<ComplexImage> truth, part;  ///< of the object in the file and of this one, where they can be compared
  std::optional<ReconMetrics> metrics, plain;  ///< of `part`, and of a constant object, against `truth`
  std::int64_t patterns = 0;
  std::int64_t shown = 0;            ///< a pattern for the page, and what the object makes of it
  std::vector<float> shown_pattern;  ///< (N, N)
  std::vector<std::string> notices;  ///< orders of axes that the data fit better
  [[nodiscard]] bool beats_constant() const;
};

/// Every pattern through the network, its patches put together by their positions. `gain` is that of a batch in
/// training (Physics::gain).
[[nodiscard]] MeasuredObject reconstruct_measurement(const Model& model, const PtychoData& data, double gain,
                                                     std::int64_t batch_size, const Device& device);

/// M of metrics.json: the errors of amplitudes; with a truth the keys of metrics_json too, else "truth": null.
[[nodiscard]] training::Measured measured(const MeasuredObject& object);

/// What is to be said of it below the scores: the constant object, the truth that is missing, notices.
[[nodiscard]] std::vector<std::string> remarks_of(const MeasuredObject& object);

/// As files have it: recon_arrays, coverage, x and y: the coordinates of columns and rows, those of the positions in
/// pixels.
[[nodiscard]] std::vector<NamedArray> object_arrays(const MeasuredObject& object);

/// Amplitude and phase beside the truth, if there is one, and one pattern, measured and predicted.
[[nodiscard]] std::vector<report::Sample> object_samples(const MeasuredObject& object, const PtychoData& data);

/// One below the other as a PNG; of another ending the file beside it: OBJECT.npz, OBJECT.png. Errors: storage.
void write_pictures(std::filesystem::path file, const std::vector<report::Sample>& samples);

/// The units of a measurement as the description of its network keeps them: amplitudes in, patches of the object out,
/// of which the network gives 1/gain. Read back: nothing where it has none.
void put_units(training::ModelDescription& description, const ScanUnits& units, double gain);
[[nodiscard]] std::optional<ScanUnits> units_in(const training::ModelDescription& description, double gain);

}  // namespace fno::ptychography
