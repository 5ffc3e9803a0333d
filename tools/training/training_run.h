#pragma once

#include <optional>

#include "tools/training/live_run.h"
#include "tools/training/progress.h"
#include "tools/training/run_context.h"
#include "tools/training/step_profiler.h"

namespace fno::training {

/// Everything that one run of `fno train` holds, built and checked; nothing has been written yet.
/// Errors: those of reading data, fitting settings to them and building the network.
class TrainingRun {
 public:
  TrainingRun(settings::Settings settings, const RunContext& context);
  TrainingRun(const TrainingRun&) = delete;
  TrainingRun& operator=(const TrainingRun&) = delete;

  /// Claims the run directory, trains, measures, writes every file. Returns the exit status.
  int execute();

 private:
  // --resume: what to go on from, if there is anything; its settings must be these, but for those that it decides.
  void find_checkpoint(settings::Settings& settings);
  void fit_epochs(settings::Settings& settings);  // --epochs against what the checkpoint has
  void go_on_from_checkpoint();                   // puts the live parts back to where it was written
  [[nodiscard]] int last_epoch() const;           // after which the run is whole
  [[nodiscard]] bool is_finished() const;         // and its results written
  void print_finished() const;
  void begin_profile(Watcher& log);
  [[nodiscard]] std::optional<double> time_limit() const;  // seconds
  [[nodiscard]] bool is_profiled() const;
  int train_and_write(Progress& progress);
  void measure(RunResults& results);
  void write_manifest();
  void write_results(const RunResults& results);
  void write_page(const RunResults& results, bool whole);
  [[nodiscard]] Json scores_json(const std::optional<Measured>& measured) const;
  [[nodiscard]] Json result_json(const Json& last, const Json& best) const;
  void print_results(const RunResults& results) const;

  const RunContext& context_;
  RunPaths paths_;
  std::int64_t epochs_asked_;             // as --epochs said
  std::vector<std::string> notices_;      // shown once the run starts
  std::optional<Checkpoint> checkpoint_;  // of the run that this one goes on with
  std::optional<StepProfiler> profiler_;  // of --profile-ops and --trace
  std::optional<LiveRun> live_;           // there from the constructor's end on
  Manifest manifest_;
};

}  // namespace fno::training
