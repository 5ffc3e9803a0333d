#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>

#include "tools/training/effective.h"
#include "tools/training/progress.h"
#include "tools/training/run_directory.h"

namespace fno::training {

/// The object of metrics.jsonl for a step.
[[nodiscard]] Json step_json(const StepRecord& step);

/// Writes what a run leaves behind while it goes on: metrics.jsonl at every step; the checkpoints every epoch;
/// effective.jsonl at the first step and every epoch, before the checkpoint that counts it. effective.json (the same
/// entries) and history.json come at the first step and once a second, for a whole file that survives a power cut takes
/// as long to write as an epoch of a small network. Shows progress.
class RunLog : public Watcher {
 public:
  /// Everything outlives the log.
  RunLog(const RunPaths& paths, const LiveRun& run, Progress& progress);

  void on_step(const StepRecord& step) override;
  void on_epoch(const EpochRecord& epoch, bool is_best) override;
  /// history.json and effective.json as they stand; to be called when training ends, however it ends.
  void write_summaries();

 private:
  void take_up();  // the entries of the run that this one goes on with
  void require_echo(const Json& snapshot, int epoch);
  const RunPaths& paths_;
  const LiveRun& run_;
  Progress& progress_;
  LineFile steps_;
  Json at_first_step_, epochs_;
  LineFile effective_;
  std::chrono::steady_clock::time_point last_summaries_{};
};

}  // namespace fno::training
