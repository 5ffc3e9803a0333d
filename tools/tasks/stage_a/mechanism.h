#pragma once

#include <string>
#include <vector>

#include "tools/tasks/stage_a/ring.h"
#include "tools/tasks/stage_a/runner.h"

namespace fno::stage_a {

/// One change with which a collapse is played again.
struct ReplayChange {
  std::string name;
  Changes settings = {};           ///< of the run from the snapshot on
  std::optional<double> eps = {};  ///< of Adam
  bool skip_batch = false;         ///< the gradients of the worst step are withheld
};

/// none, skip_batch, half_rate, clip_1, eps_1e-4, beta2_0.95; in a run that clips no_clip instead of clip_1; where the
/// run has one, no_short_batch. AMSGrad and float64 of the specification's list (15.C.7) are not to be had here.
[[nodiscard]] std::vector<ReplayChange> replay_changes(const settings::Settings& settings);

/// What was kept of the way into a collapse.
struct CollapseDump {
  std::shared_ptr<const training::Checkpoint> start;  ///< oldest state of the ring when the detector fired
  std::deque<SnapshotRing::StepBatch> batches;        ///< since then
  int epoch = 0;                                      ///< that broke a rule, from 1
  std::vector<training::StoredTensor> weights;        ///< at its end
  std::int64_t worst_step = 0;  ///< the step since the start whose loss was largest beside the median before it
};

/// A run watched to its end.
struct WatchedRun {
  Outcome outcome;
  std::vector<Alarm> alarms;
  std::optional<CollapseDump> dump;                 ///< none: the detector did not fire in `collapse_epoch`
  std::shared_ptr<const training::Checkpoint> end;  ///< the last state
};

/// Trains a run under the lens: `log_path` gets its StepLog; the dump is of the epoch given (from 1).
[[nodiscard]] WatchedRun watch_run(const Bench& bench, const RunPlan& plan, int collapse_epoch,
                                   const std::string& log_path);

/// From the dump to `horizon` epochs with one change.
struct Replay {
  std::string change;
  bool finished = false;           ///< false: stopped by a signal
  bool same_weights = false;       ///< bit for bit those of the run at the end of the epoch of the collapse
  std::optional<int> broke_epoch;  ///< first epoch from the dump's on that breaks a rule
  std::optional<double> val_loss;  ///< last
  double least_spread = 0;
  std::vector<std::pair<std::string, std::int64_t>> deaths;  ///< map, first step after which it stays dead
  std::string trouble;
  [[nodiscard]] bool survived() const { return finished && !broke_epoch && trouble.empty(); }
};
/// With `look`, every step is followed by a look inside, and `deaths` says which map stopped depending on its input
/// first.
[[nodiscard]] Replay replay(const Bench& bench, const RunPlan& plan, const CollapseDump& dump,
                            const ReplayChange& change, int horizon, bool look);

/// Everything about one collapsed run; the JSON that goes into OUT/mechanism/. Nothing if a signal came between.
[[nodiscard]] std::optional<training::Json> examine(const Bench& bench, const RunPlan& plan, int collapse_epoch,
                                                    const std::string& log_path);

/// Collapsed runs worth the lens: of the cells as they are, in which a rule fired; of each cell the first, those that
/// ended flat before the others, then of each the second, and so on; at most `count`.
[[nodiscard]] std::vector<RunRow> runs_to_examine(const std::vector<RunRow>& rows, std::size_t count);

}  // namespace fno::stage_a
