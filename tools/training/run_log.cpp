#include "tools/training/run_log.h"

#include "framework/error.h"
#include "tools/training/weight_hash.h"

namespace fno::training {

Json step_json(const StepRecord& step) {
  Json json = {{"step", step.step}, {"epoch", step.epoch}};
  put_number(json, "loss", step.loss);
  json["learning_rate"] = step.learning_rate;
  if (step.log_norm) put_number(json, "grad_norm", step.grad_norm);
  if (step.clipped_grad_norm) put_number(json, "clipped_grad_norm", *step.clipped_grad_norm);
  json["samples_per_second"] = step.samples_per_second;
  if (step.skipped) json["skipped"] = true;
  return json;
}

namespace {

// Entries of effective.jsonl that a run at this place has: the first step's and one an epoch.
std::int64_t entries_at(const Position& at) { return at.step > 0 ? 1 + at.epoch : 0; }

}  // namespace

RunLog::RunLog(const RunPaths& paths, const LiveRun& run, Progress& progress)
    : paths_(paths),
      run_(run),
      progress_(progress),
      steps_(paths.steps(), run.state().position.step),
      epochs_(Json::array()),
      effective_(paths.effective_lines(), entries_at(run.state().position)) {
  take_up();
}

void RunLog::take_up() {
  for (const std::string& line : first_lines(paths_.effective_lines(), entries_at(run_.state().position))) {
    Json entry = Json::parse(line, nullptr, false);
    if (!entry.is_object()) continue;
    if (entry.contains("epoch"))
      epochs_.push_back(std::move(entry));
    else
      at_first_step_ = std::move(entry);
  }
}

void RunLog::on_step(const StepRecord& step) {
  Json entry = step_json(step);
  const std::optional<std::int64_t>& every = run_.settings().train.weights_hash_freq;
  if (every ? step.step % *every == 0 : step.step_in_epoch + 1 == step.steps_in_epoch)
    entry.update(weights_json(run_.network.store));
  steps_.add(entry.dump());
  if (at_first_step_.is_null()) {
    at_first_step_ = effective_snapshot(run_);
    effective_.add(at_first_step_.dump());
    write_summaries();
    require_echo(at_first_step_, step.epoch);
  } else if (step.step_in_epoch == 0) {
    require_echo(effective_snapshot(run_), step.epoch);
  }
  progress_.on_step(step);
}

void RunLog::on_epoch(const EpochRecord& epoch, bool is_best) {
  const auto index = static_cast<int>(run_.state().history.size()) - 1;
  Json entry = {{"epoch", index}};
  entry.update(effective_snapshot(run_));
  effective_.add(entry.dump());
  epochs_.push_back(std::move(entry));
  require_echo(epochs_.back(), index);
  if (std::chrono::steady_clock::now() - last_summaries_ > std::chrono::seconds(1)) write_summaries();
  const Checkpoint checkpoint = run_.capture();
  if (is_best) write_checkpoint(paths_.best(), checkpoint);
  write_checkpoint(paths_.last(), checkpoint);
  progress_.on_epoch(epoch, index, is_best);
}

// A run that does something else than it was asked to is void; better no result than a wrong one.
void RunLog::require_echo(const Json& snapshot, int epoch) {
  const std::vector<std::string> lines = echo_differences(snapshot, *run_.task, epoch);
  if (lines.empty()) return;
  write_summaries();
  fail(ErrorKind::numeric, paths_.effective(), ": the run is void: ", lines.front());
}

void RunLog::write_summaries() {
  write_json(paths_.history(), history_json(run_.state().history));
  write_json(paths_.effective(), {{"at_first_step", at_first_step_}, {"epochs", epochs_}});
  last_summaries_ = std::chrono::steady_clock::now();
}

}  // namespace fno::training
