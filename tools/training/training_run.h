#pragma once

#include <memory>

#include "tools/training/run_context.h"
#include "tools/training/run_log.h"
#include "tools/training/task.h"

namespace fno::training {

/// Everything that one run of `fno train` holds, built and checked; nothing has been written yet.
/// Errors: those of reading data, fitting settings to them and building the network.
class TrainingRun {
 public:
  TrainingRun(const settings::Settings& settings, const RunContext& context);
  TrainingRun(const TrainingRun&) = delete;
  TrainingRun& operator=(const TrainingRun&) = delete;

  /// Claims the run directory, trains, measures, writes every file. Returns the exit status.
  int execute();

 private:
  void find_checkpoint();        // --resume: what to go on from, if there is anything; its settings must be these
  void fit_epochs();             // --epochs against what the checkpoint has
  void go_on_from_checkpoint();  // puts the live parts back to where it was written
  [[nodiscard]] bool is_finished() const;  // and its results written
  void print_finished(Progress& progress) const;
  int train_and_write(Progress& progress);
  void measure(RunResults& results);
  void write_manifest();
  void write_results(const RunResults& results);
  void write_page(const RunResults& results, bool whole);
  [[nodiscard]] Json scores_json(const std::optional<Measured>& measured) const;
  [[nodiscard]] Json result_json(const Json& last, const Json& best) const;
  void print_results(const RunResults& results) const;

  settings::Settings settings_;
  const RunContext& context_;
  std::vector<std::string> notices_;  // shown once the run starts
  Device device_;
  std::unique_ptr<Task> task_;
  std::unique_ptr<BuiltModel> network_;
  std::unique_ptr<Optimizer> optimizer_;
  std::unique_ptr<Schedule> schedule_;
  std::unique_ptr<GradientClip> clip_;
  std::unique_ptr<Loader> loader_;
  std::unique_ptr<Validation> validation_;  // null without data for it
  std::unique_ptr<Trainer> trainer_;
  RunPaths paths_;
  Manifest manifest_;
  std::optional<Checkpoint> checkpoint_;  // of the run that this one goes on with
  std::int64_t epochs_asked_;             // as --epochs said
};

}  // namespace fno::training
