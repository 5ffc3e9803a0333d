#include "tools/tasks/stage_a/mechanism.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tools/tasks/stage_a/step_log.h"

namespace fno::stage_a {
namespace {

std::shared_ptr<const training::Checkpoint> snapshot(const training::LiveRun& run) {
  return std::make_shared<const training::Checkpoint>(run.capture());
}

// Follows a run, its ring ready for the moment in which the detector fires.
class Lens : public RunWatcher {
 public:
  Lens(const Bench& bench, int collapse_epoch) : log_(bench), collapse_epoch_(collapse_epoch) {}

  void on_gradients(const training::StepRecord& step, const training::Batch& batch) override {
    RunWatcher::on_gradients(step, batch);
    if (step.step == 0) ring_.keep(snapshot(run()));
    ring_.add_batch(step.step, batch.samples);
    ratios_.push_back(alarm_.ratio(step.loss));
    if (const auto alarm = alarm_.observe(step.step, step.samples, step.loss)) alarms_.push_back(*alarm);
    log_.on_gradients(run(), step, batch);
  }
  void on_step(const training::StepRecord& step) override {
    RunWatcher::on_step(step);
    log_.on_step(run(), step);
    if (SnapshotRing::due(run().state().position.step)) ring_.keep(snapshot(run()));
  }
  void on_epoch(const training::EpochRecord& epoch, bool is_best) override {
    RunWatcher::on_epoch(epoch, is_best);
    end_ = snapshot(run());
    if (run().state().position.epoch != collapse_epoch_) return;
    dump_ = CollapseDump{.start = ring_.states().front(),
                         .batches = ring_.batches(),
                         .epoch = collapse_epoch_,
                         .weights = end_->weights};
    const auto first = ratios_.begin() + dump_->start->training.position.step;
    dump_->worst_step = std::max_element(first, ratios_.end()) - ratios_.begin();
  }

  [[nodiscard]] const StepLog& log() const { return log_; }
  WatchedRun take(Outcome outcome) {
    return {.outcome = std::move(outcome), .alarms = alarms_, .dump = std::move(dump_), .end = end_};
  }

 private:
  StepLog log_;
  int collapse_epoch_;
  SnapshotRing ring_;
  LossAlarm alarm_;
  std::vector<Alarm> alarms_;
  std::vector<double> ratios_;
  std::optional<CollapseDump> dump_;
  std::shared_ptr<const training::Checkpoint> end_;
};

class ReplayWatcher : public training::Watcher {
 public:
  ReplayWatcher(const Bench& bench, training::LiveRun& run, const CollapseDump& dump, const ReplayChange& change,
                bool look, Replay& result)
      : bench_(bench),
        run_(run),
        dump_(dump),
        change_(change),
        look_(look),
        result_(result),
        detector_(bench.limits(run.settings())) {
    for (const training::EpochRecord& record : run.state().history) observe(record);
  }

  // Withheld gradients leave weights and moments alone; only Adam's count of steps goes on.
  void on_gradients(const training::StepRecord& step, const training::Batch&) override {
    if (change_.skip_batch && step.step == dump_.worst_step) run_.optimizer.zero_grad();
  }
  void on_step(const training::StepRecord& step) override {
    if (!look_) return;
    const Tensor batch = probe_batch(bench_, run_.settings().optim.batch_size);
    const std::vector<MapState> maps = look_inside(run_.network.model, batch);
    dead_since_.resize(maps.size());
    for (std::size_t i = 0; i < maps.size(); ++i) {
      auto& [name, since] = dead_since_[i];
      name = maps[i].name;
      if (!maps[i].same_for_all_samples())
        since.reset();
      else if (!since)
        since = step.step;
    }
  }
  void on_epoch(const training::EpochRecord& record, bool) override {
    const ptychography::CollapseRule rule = observe(record);
    if (rule != ptychography::CollapseRule::none && !result_.broke_epoch) result_.broke_epoch = epochs_;
    const double spread = measure_of(record, ptychography::kAmplitudeSpread).value();
    result_.least_spread = result_.val_loss ? std::min(result_.least_spread, spread) : spread;
    result_.val_loss = record.val_loss;
    if (epochs_ == dump_.epoch) result_.same_weights = run_.capture().weights == dump_.weights;
  }

  void finish() {
    for (const auto& [name, since] : dead_since_)
      if (since) result_.deaths.emplace_back(name, *since);
    std::ranges::stable_sort(result_.deaths, {}, &std::pair<std::string, std::int64_t>::second);
    if (!result_.broke_epoch && detector_.verdict().outcome == ptychography::RunOutcome::never_learned)
      result_.broke_epoch = epochs_;
  }

 private:
  ptychography::CollapseRule observe(const training::EpochRecord& record) {
    return detector_.observe(ptychography::observation(record, ++epochs_));
  }
  const Bench& bench_;
  training::LiveRun& run_;
  const CollapseDump& dump_;
  const ReplayChange& change_;
  bool look_;
  Replay& result_;
  ptychography::CollapseDetector detector_;
  int epochs_ = 0;
  std::vector<std::pair<std::string, std::optional<std::int64_t>>> dead_since_;  // maps in order of the forward pass
};

}  // namespace

std::vector<ReplayChange> replay_changes(const settings::Settings& settings) {
  std::ostringstream half;
  half.precision(17);
  half << settings.optim.schedule.base / 2;
  std::vector<ReplayChange> changes{
      {.name = "none"},
      {.name = "skip_batch", .skip_batch = true},
      {.name = "half_rate", .settings = {{"optim.learning_rate", half.str()}}},
      {.name = "clip_1", .settings = {{"optim.grad_clip", "1"}, {"optim.gradient_clip_algorithm", "norm"}}},
      {.name = "eps_1e-4", .eps = 1e-4},
      {.name = "beta2_0.95", .settings = {{"optim.beta2", "0.95"}}}};
  if (settings.optim.clip.value > 0) {
    std::erase_if(changes, [](const ReplayChange& c) { return c.name == "clip_1"; });
    changes.push_back({.name = "no_clip", .settings = {{"optim.grad_clip", "0"}}});
  }
  if (settings.train.short_last_batch == settings::ShortLastBatch::keep)
    changes.push_back({.name = "no_short_batch", .settings = {{"train.short_last_batch", "drop"}}});
  return changes;
}

WatchedRun watch_run(const Bench& bench, const RunPlan& plan, int collapse_epoch, const std::string& log_path) {
  Lens lens(bench, collapse_epoch);
  Outcome outcome = do_run(bench, plan, lens);
  if (!outcome.stopped) lens.log().write(log_path);
  return lens.take(std::move(outcome));
}

Replay replay(const Bench& bench, const RunPlan& plan, const CollapseDump& dump, const ReplayChange& change,
              int horizon, bool look) {
  Replay result{.change = change.name};
  settings::Settings settings = settings_of(bench.profile, plan, change.settings);
  if (change.eps) settings.optim.optimizer.eps = *change.eps;
  training::LiveRun run(bench.task(std::move(settings)), horizon);
  run.restore(*dump.start, "snapshot");
  ReplayWatcher watcher(bench, run, dump, change, look, result);
  try {
    result.finished = run.trainer.run(watcher);
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::numeric) throw;
    result.finished = true;
    result.trouble = e.what();
  }
  watcher.finish();
  return result;
}

std::vector<RunRow> runs_to_examine(const std::vector<RunRow>& rows, std::size_t count) {
  struct Candidate {
    const RunRow* row;
    bool dead;
    std::ptrdiff_t earlier;  // of the same cell
  };
  std::vector<Candidate> found;
  for (const RunRow& row : rows) {
    if (row.part != "cells" || row.is_void() || !row.collapsed() || row.collapse_epoch == 0) continue;
    const std::ptrdiff_t earlier = std::ranges::count_if(
        found, [&](const Candidate& c) { return c.row->key.cell == row.key.cell && c.dead == row.dead(); });
    found.push_back({&row, row.dead(), earlier});
  }
  std::ranges::stable_sort(found, {}, [](const Candidate& c) { return std::pair(c.earlier, !c.dead); });
  std::vector<RunRow> chosen;
  for (const Candidate& c : found)
    if (chosen.size() < count) chosen.push_back(*c.row);
  return chosen;
}

}  // namespace fno::stage_a
