#pragma once

#include <optional>
#include <string>
#include <vector>

#include "framework/tracing/device.h"
#include "framework/tracing/roof.h"
#include "tools/training/json_values.h"
#include "tools/training/pass.h"

namespace fno::training {

/// Where the time of some training steps went. Sums are over these steps.
struct StepProfile {
  struct Job : TracedJob {
    Pass pass{};
  };
  std::string device;
  std::optional<int> threads;                   ///< of a CPU
  Roof roof = {};                               ///< of that device with these threads, measured in the same run
  std::int64_t first = 0;                       ///< of the run's steps, from 0
  std::int64_t steps = 0;                       ///< looked at
  double seconds = 0;                           ///< from the fetch of a batch to the end of the update
  double batch_seconds = 0;                     ///< of these: until the batch was on the device
  std::vector<Job> jobs = {};                   ///< in the order of first asking
  std::optional<double> untraced_seconds = {};  ///< of one of the steps that followed, whose jobs were not timed

  /// What passes in a step outside of jobs and batch: the host's work between them.
  [[nodiscard]] double host_seconds() const;
};

/// profile.json: a step's mean.
[[nodiscard]] Json profile_json(const StepProfile& profile);

/// The same as text, the costliest first: by kind of job, then by layer and job; what is below a hundredth of the step
/// shares a line, and the lines of a table add up to the step. At most 100 columns.
[[nodiscard]] std::string profile_table(const StepProfile& profile);

}  // namespace fno::training
