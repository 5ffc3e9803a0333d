#pragma once

#include <functional>
#include <vector>

#include "tools/tasks/stage_a/bench.h"

namespace fno::stage_a {

/// What one run came to.
struct Outcome {
  bool stopped = false;  ///< by a signal, in the middle: it counts for nothing
  training::Json row;    ///< the line for runs.jsonl
};

/// Sees a run besides: the instruments of the part `mechanism`.
struct RunEars {
  std::function<void(LiveRun&, const training::StepRecord&, const training::Batch&)> on_gradients = {};
  std::function<void(LiveRun&, const training::StepRecord&)> on_step = {};
  std::function<void(LiveRun&, const training::EpochRecord&)> on_epoch = {};
};

/// Trains the run of a plan to its end, or until it can no longer go on: NaN and want of memory are outcomes, not
/// errors. The live objects are read back at the first step and after every epoch; where they differ from what was
/// asked, the row says so and the run is void.
[[nodiscard]] Outcome do_run(const Bench& bench, const RunPlan& plan, const RunEars& ears = {});

}  // namespace fno::stage_a
