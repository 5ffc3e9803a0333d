#pragma once

#include <functional>
#include <vector>

#include "tools/study/bench.h"

namespace fno::study {

/// What one run came to.
struct Outcome {
  bool stopped = false;  ///< by a signal, in the middle: it counts for nothing
  train::Json row;       ///< the line for runs.jsonl
};

/// Sees a run besides: the instruments of the part `mechanism`.
struct RunEars {
  std::function<void(LiveRun&, const train::StepRecord&, const train::Batch&)> on_gradients = {};
  std::function<void(LiveRun&, const train::StepRecord&)> on_step = {};
  std::function<void(LiveRun&, const train::EpochRecord&)> on_epoch = {};
};

/// Trains the run of a plan to its end, or until it can no longer go on: NaN and want of memory are outcomes, not
/// errors. The live objects are read back at the first step and after every epoch; where they differ from what was
/// asked, the row says so and the run is void.
[[nodiscard]] Outcome do_run(const Bench& bench, const RunPlan& plan, const RunEars& ears = {});

}  // namespace fno::study
