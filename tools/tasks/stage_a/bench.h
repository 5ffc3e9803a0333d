#pragma once

#include <memory>
#include <optional>

#include "tools/tasks/ptychography/collapse.h"
#include "tools/tasks/ptychography/physics.h"
#include "tools/tasks/stage_a/cells.h"
#include "tools/tasks/stage_a/validation.h"
#include "tools/training/checkpoint.h"
#include "tools/training/effective.h"

namespace fno::stage_a {

/// The data of a study in memory, read once for all its runs.
struct Bench {
  /// Makes the data set if it is not there, reads it and passes it through the physics gate. Errors: as
  /// `ensure_dataset`, `read_dataset` and `gate`.
  Bench(const StudyProfile& profile, const Device& device, const std::string& folder);
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  const StudyProfile& profile;
  Device device;
  ptychography::DatasetPaths paths;
  ptychography::PtychoData training, test;
  ptychography::TestScan scan;
  ptychography::ReconMetrics constant;  ///< what a constant object scores against its truth
};

/// `fno train --task ptychography` on data in memory, as far as a study needs it: no pictures, no files.
class StudyTask : public training::Task {
 public:
  StudyTask(const Bench& bench, const settings::Settings& settings);
  [[nodiscard]] const training::ModelDescription& model() const override { return description_; }
  [[nodiscard]] training::SampleSource source() const override { return samples_of(bench_.training); }
  [[nodiscard]] std::int64_t training_samples() const override { return bench_.training.n; }
  [[nodiscard]] training::LossFunction loss() const override;
  [[nodiscard]] std::unique_ptr<training::Validation> validation(const Model&) override { return nullptr; }
  [[nodiscard]] std::vector<training::Manifest::DataFile> data_files() const override { return {}; }
  void check(const Model&, const std::function<void(const std::string&)>&) override {}
  [[nodiscard]] training::Json effective() const override;
  [[nodiscard]] std::optional<training::Measured> measure(const Model&) override { return std::nullopt; }
  void fill_page(report::RunReport&, const training::RunResults&, const training::TrainingState&,
                 const Model*) override {}

 private:
  const Bench& bench_;
  const settings::Settings& settings_;
  ptychography::Physics physics_;
  training::ModelDescription description_;
};

/// Departures that no setting offers.
struct Departure {
  std::optional<double> eps = {};  ///< of Adam
  std::optional<int> epochs = {};  ///< end of the loop; the schedule keeps its own
};

/// The settings of a planned run, with more behind them.
[[nodiscard]] settings::Settings settings_of(const StudyProfile& profile, const RunPlan& plan,
                                             const Changes& more = {});

/// All parts of one run, alive, at its beginning.
struct LiveRun {
  LiveRun(const Bench& bench, const settings::Settings& settings, const Departure& departure = {});
  LiveRun(const LiveRun&) = delete;
  LiveRun& operator=(const LiveRun&) = delete;

  /// Weights, moments, schedule and place as captured. Errors: checkpoint.
  void restore(const training::Checkpoint& from);
  [[nodiscard]] training::LiveParts parts() const {
    return {optimizer, schedule, clip, network.store, loader, task, settings};
  }
  /// What its collapse is judged by.
  [[nodiscard]] ptychography::CollapseLimits limits() const {
    return ptychography::collapse_limits(settings.train.loss, bench.constant);
  }
  /// SHA-256 of all weights, bit for bit.
  [[nodiscard]] std::string weights_sha256() const;

  const Bench& bench;
  settings::Settings settings;
  StudyTask task;
  training::BuiltModel network;
  Optimizer optimizer;
  Schedule schedule;
  GradientClip clip;
  training::Loader loader;
  std::unique_ptr<StudyValidation> validation;
  std::unique_ptr<training::Trainer> trainer;
};

}  // namespace fno::stage_a
