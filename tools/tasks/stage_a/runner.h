#pragma once

#include <string>
#include <vector>

#include "tools/tasks/stage_a/bench.h"

namespace fno::stage_a {

/// Members of a row: what was asked for; what the epochs came to, best, last and one by one; first, median and greatest
/// of the gradient's norms (null for none).
void put_request(training::Json& row, const RunPlan& plan, const settings::Settings& settings);
void put_results(training::Json& row, const training::TrainingState& state);
[[nodiscard]] training::Json norm_json(const std::vector<double>& norms);

/// What one run came to.
struct Outcome {
  bool stopped = false;  ///< by a signal, in the middle: it counts for nothing
  training::Json row;    ///< the line for runs.jsonl
};

/// Sees a run: norms of its gradients, and whether its live objects are what was asked for, at the first step and
/// after every epoch. The instruments of the part `mechanism` see more.
class RunWatcher : public training::Watcher {
 public:
  void follow(training::LiveRun& run) { run_ = &run; }
  void on_gradients(const training::StepRecord& step, const training::Batch& batch) override;
  void on_step(const training::StepRecord& step) override;
  void on_epoch(const training::EpochRecord& epoch, bool is_best) override;

  std::vector<double> norms, clipped;
  std::vector<std::string> differences;

 protected:
  [[nodiscard]] training::LiveRun& run() const { return *run_; }

 private:
  void compare(int epoch);
  training::LiveRun* run_ = nullptr;
};

/// Trains the run of a plan to its end, or until it can no longer go on: NaN and want of memory are outcomes, not
/// errors. Where its live objects differ from what was asked, the row says so and the run is void.
[[nodiscard]] Outcome do_run(const Bench& bench, const RunPlan& plan, RunWatcher& watcher);
[[nodiscard]] Outcome do_run(const Bench& bench, const RunPlan& plan);

}  // namespace fno::stage_a
