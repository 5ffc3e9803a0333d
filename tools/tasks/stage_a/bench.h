#pragma once

#include <memory>

#include "tools/tasks/ptychography/task.h"
#include "tools/tasks/stage_a/cells.h"
#include "tools/training/live_run.h"

namespace fno::stage_a {

/// The data of a study in memory, read once for all its runs.
struct Bench {
  /// Makes the data set if it is not there, reads it and, without --no-gate, passes it through the physics gate.
  /// Errors: as `ensure_dataset`, `RunData` and `gate`.
  Bench(const StudyProfile& profile, const Device& device, const std::string& folder);

  [[nodiscard]] std::unique_ptr<training::Task> task(settings::Settings settings) const;
  /// What a run of these settings is judged by.
  [[nodiscard]] ptychography::CollapseLimits limits(const settings::Settings& settings) const {
    return ptychography::collapse_limits(settings.train.loss, data->constant);
  }

  const StudyProfile& profile;
  Device device;
  std::shared_ptr<const ptychography::RunData> data;
};

/// The settings of a planned run, with more behind them.
[[nodiscard]] settings::Settings settings_of(const StudyProfile& profile, const RunPlan& plan, const Changes& more = {},
                                             const ptychography::ArmPlace& place = {});

}  // namespace fno::stage_a
