#pragma once

#include <vector>

#include "models/model.h"
#include "tools/tasks/ptychography/dataset.h"
#include "tools/tasks/ptychography/image_metrics.h"
#include "tools/tasks/ptychography/stitch.h"
#include "tools/training/loader.h"

namespace fno::ptychography {

/// The patterns of a split as loaders take them: the target is the input, with a mask behind it where there is one.
[[nodiscard]] training::SampleSource samples_of(const PtychoData& data);

/// A test split that can be stitched and scored: its geometry and what it is compared with.
/// Errors: data if the file (or the flags) do not say outer_offset_test and nimgs_test, has no n_Y or no truth, several
/// patches a group, or another number of patterns than its scan.
class TestScan {
 public:
  explicit TestScan(const PtychoData& data);
  [[nodiscard]] const ComplexImage& truth() const { return truth_; }
  [[nodiscard]] const TileGeometry& geometry() const { return geometry_; }
  /// Patterns of the first image, the one that is scored; they come first in the file.
  [[nodiscard]] std::int64_t patterns() const { return patterns_; }
  /// The image of predictions for the first patterns() patterns: (≥ patterns, 2, N, N) of one batch after the other.
  [[nodiscard]] ComplexImage assemble(const std::vector<float>& predictions) const;

 private:
  const PtychoData& data_;
  TileGeometry geometry_;
  ComplexImage truth_;
  std::int64_t patterns_ = 0;
};

/// Inference over the first image and stitching: no probe, no gain, no scaling but n_Y.
[[nodiscard]] ComplexImage reconstruct(const Model& model, const PtychoData& data, const TestScan& scan,
                                       std::int64_t batch_size, const Device& device);

}  // namespace fno::ptychography
