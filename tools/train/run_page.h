#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/config/settings.h"
#include "tools/report/run_report.h"
#include "tools/train/manifest.h"
#include "tools/train/metrics.h"
#include "tools/train/trainer.h"

namespace fno::train {

/// What the network makes of the first samples of `data`: input, truth, prediction and error of each channel, as fields
/// (3-D grids by their middle plane, 1-D ones as curves).
[[nodiscard]] std::vector<report::Sample> sample_pictures(const Model& model, const OperatorData& data,
                                                          std::int64_t first, std::int64_t count, const Device& device);

/// What a run came to, as far as it came.
struct RunResults {
  std::optional<TestMetrics> last = {}, best = {};
  std::optional<double> baseline = {};  ///< relative L2 of MeanField on the test data
  std::string trouble = {};             ///< why it ended early; empty for a whole run
};

/// The page of a run.
[[nodiscard]] report::RunReport run_page(const config::Settings& settings, const Manifest& manifest,
                                         const TrainingState& state, const RunResults& results,
                                         std::vector<report::Sample> samples);

}  // namespace fno::train
