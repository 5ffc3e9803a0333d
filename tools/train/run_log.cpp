#include "tools/train/run_log.h"

#include "tools/train/stop_signal.h"

namespace fno::train {

Json step_json(const StepRecord& step) {
  Json json = {{"step", step.step}, {"epoch", step.epoch}};
  put_number(json, "loss", step.loss);
  json["learning_rate"] = step.learning_rate;
  if (step.grad_norm) put_number(json, "grad_norm", *step.grad_norm);
  if (step.clipped_grad_norm) put_number(json, "clipped_grad_norm", *step.clipped_grad_norm);
  json["samples_per_second"] = step.samples_per_second;
  if (step.skipped) json["skipped"] = true;
  return json;
}

RunLog::RunLog(const RunPaths& paths, const LiveParts& parts, const Trainer& trainer, Checkpoint& checkpoint,
               Progress& progress)
    : paths_(paths),
      parts_(parts),
      trainer_(trainer),
      checkpoint_(checkpoint),
      progress_(progress),
      steps_(paths.steps()),
      epochs_(Json::array()) {}

void RunLog::on_step(const StepRecord& step) {
  steps_.add(step_json(step).dump());
  if (at_first_step_.is_null()) {
    at_first_step_ = effective_snapshot(parts_);
    write_summaries();
  }
  progress_.on_step(step);
}

void RunLog::on_epoch(const EpochRecord& epoch, bool is_best) {
  const auto index = static_cast<int>(trainer_.state().history.size()) - 1;
  Json entry = {{"epoch", index}};
  entry.update(effective_snapshot(parts_));
  epochs_.push_back(std::move(entry));
  if (std::chrono::steady_clock::now() - last_summaries_ > std::chrono::seconds(1)) write_summaries();
  capture(checkpoint_, parts_.store, parts_.optimizer, parts_.schedule, trainer_.state());
  if (is_best) write_checkpoint(paths_.best(), checkpoint_);
  write_checkpoint(paths_.last(), checkpoint_);
  progress_.on_epoch(epoch, index, is_best);
}

bool RunLog::stop() { return StopSignal::received() != 0; }

void RunLog::write_last_checkpoint() {
  capture(checkpoint_, parts_.store, parts_.optimizer, parts_.schedule, trainer_.state());
  write_checkpoint(paths_.last(), checkpoint_);
}

void RunLog::write_summaries() {
  write_json(paths_.history(), history_json(trainer_.state().history));
  write_json(paths_.effective(), {{"at_first_step", at_first_step_}, {"epochs", epochs_}});
  last_summaries_ = std::chrono::steady_clock::now();
}

}  // namespace fno::train
