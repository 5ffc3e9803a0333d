#include "tools/tasks/stage_a/runner.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <new>
#include <nlohmann/json.hpp>

#include "tools/report/statistics.h"
#include "tools/training/build_info.h"
#include "tools/training/effective.h"

namespace fno::stage_a {
namespace {

using training::Json;

Json number(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? Json(*value) : Json(nullptr);
}

void put_history(Json& row, const std::vector<training::EpochRecord>& history) {
  const auto list = [&](const char* key, const std::function<Json(const training::EpochRecord&)>& value) {
    Json& values = row[key] = Json::array();
    for (const training::EpochRecord& r : history) values.push_back(value(r));
  };
  const auto measure = [&](const char* key, const char* name) {
    list(key, [name](const training::EpochRecord& r) { return number(measure_of(r, name)); });
  };
  list("rates", [](const training::EpochRecord& r) { return number(r.learning_rate); });
  list("train_loss", [](const training::EpochRecord& r) { return number(r.train_loss); });
  list("val_loss", [](const training::EpochRecord& r) { return number(r.val_loss); });
  measure("val_loss_full", ptychography::kFullValLoss);
  measure("amp_std_over_mean", ptychography::kAmplitudeSpread);
  measure("amp_ssim", ptychography::kAmplitudeSsim);
  measure("amp_mae", ptychography::kAmplitudeMae);
}

}  // namespace

Json norm_json(const std::vector<double>& norms) {
  if (norms.empty()) return nullptr;
  const auto largest = std::ranges::max_element(norms);
  return {{"first", number(norms.front())},
          {"median", number(report::median(norms))},
          {"max", number(*largest)},
          {"max_at_step", largest - norms.begin()}};
}

void put_request(Json& row, const RunPlan& plan, const settings::Settings& s) {
  row["part"] = plan.part;
  row["cell"] = plan.cell.name;
  row["change"] = plan.change.name;
  row["factor"] = plan.change.factor;
  row["weight_seed"] = plan.weight_seed;
  row["loader_seed"] = plan.loader_seed;
  row["architecture"] = plan.cell.architecture;
  if (plan.cell.architecture == "stable_hybrid") {
    row["stable_form"] = std::string(settings::name_of(s.model.stable_form));
    row["layerscale_init"] = s.model.layerscale_init;
  }
  row["grad_clip"] = s.optim.clip.value;
  row["probe_gain"] = s.own<ptychography::PtychographySettings>().probe_gain;
  row["short_last_batch"] = std::string(settings::name_of(s.train.short_last_batch));
  row["scheduler"] = std::string(settings::name_of(s.optim.schedule.kind));
  row["schedule_mode"] = std::string(settings::name_of(s.optim.schedule.mode));
  row["lr_warmup_epochs"] = s.optim.schedule.warmup;
  row["learning_rate"] = s.optim.schedule.base;
  row["beta2"] = s.optim.optimizer.beta2;
  row["epochs"] = s.optim.schedule.epochs;
}

void put_results(Json& row, const training::TrainingState& state) {
  const std::vector<training::EpochRecord>& history = state.history;
  std::optional<double> best_ssim, best_mae;
  for (const training::EpochRecord& r : history)
    if (const auto ssim = measure_of(r, ptychography::kAmplitudeSsim); ssim && (!best_ssim || *ssim > *best_ssim)) {
      best_ssim = ssim;
      best_mae = measure_of(r, ptychography::kAmplitudeMae);
    }
  row["best_val_loss"] = number(state.best_epoch ? std::optional(state.best_val_loss) : std::nullopt);
  row["best_epoch"] = state.best_epoch ? Json(*state.best_epoch + 1) : Json();
  row["final_val_loss"] = number(history.empty() ? std::nullopt : history.back().val_loss);
  const auto last = [&](const char* name) {
    return number(history.empty() ? std::nullopt : measure_of(history.back(), name));
  };
  row["amp_ssim_last"] = last(ptychography::kAmplitudeSsim);
  row["amp_mae_last"] = last(ptychography::kAmplitudeMae);
  row["amp_ssim_best"] = number(best_ssim);
  row["amp_mae_best"] = number(best_mae);
  put_history(row, history);
}

void RunWatcher::on_gradients(const training::StepRecord& step, const training::Batch&) {
  norms.push_back(step.grad_norm);
  // Of the rule `norm` the clipped norm is known beforehand; the study has no other rule.
  const GradientClip& clip = run_->clip;
  clipped.push_back(clip.active() ? std::min(step.grad_norm, clip.settings().value) : step.grad_norm);
}

void RunWatcher::on_step(const training::StepRecord& step) {
  if (step.step == 0) compare(0);
}

void RunWatcher::on_epoch(const training::EpochRecord&, bool) { compare(run_->state().position.epoch - 1); }

void RunWatcher::compare(int epoch) {
  for (const std::string& line : training::echo_differences(training::effective_snapshot(*run_), *run_->task, epoch))
    if (std::ranges::find(differences, line) == differences.end()) differences.push_back(line);
}

Outcome do_run(const Bench& bench, const RunPlan& plan) {
  RunWatcher watcher;
  return do_run(bench, plan, watcher);
}

Outcome do_run(const Bench& bench, const RunPlan& plan, RunWatcher& watcher) {
  const auto start = std::chrono::steady_clock::now();
  const settings::Settings settings = settings_of(bench.profile, plan);
  Outcome outcome;
  Json& row = outcome.row;
  put_request(row, plan, settings);

  std::optional<training::LiveRun> run;
  using ptychography::RunEnd;
  RunEnd end = RunEnd::whole;
  std::string trouble;
  try {
    run.emplace(bench.task(settings));
    watcher.follow(*run);
    outcome.stopped = !run->trainer.run(watcher);
  } catch (const std::bad_alloc&) {
    end = RunEnd::out_of_memory;
    trouble = "out of memory";
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::numeric && e.kind() != ErrorKind::device) throw;
    end = ptychography::end_of(e.exit_code());
    trouble = e.what();
  }
  if (outcome.stopped) return outcome;

  const training::TrainingState none, &state = run ? run->state() : none;
  const ptychography::Verdict verdict =
      judge_run(state.history, end, bench.limits(settings)).value_or(ptychography::Verdict{});
  row["label"] = verdict.label();
  row["rule"] = name_of(verdict.rule);
  row["collapse_epoch"] = verdict.epoch;
  row["first_epoch"] = verdict.first_epoch;
  row["last_epoch"] = verdict.last_epoch;
  put_results(row, state);
  row["grad_norm"] = norm_json(watcher.norms);
  row["clipped_grad_norm"] = norm_json(watcher.clipped);
  row["steps"] = state.position.step;
  row["parameters_complex_once"] = run ? Json(run->network.store.count().logged) : Json();
  row["seconds"] = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  row["data_sha256"] = bench.data->training.sha256;
  row["test_sha256"] = bench.data->test->sha256;
  row["git_commit"] = build::git_commit();
  row["git_dirty"] = build::git_dirty();
  row["echo"] = !run ? Json(nullptr) : watcher.differences.empty() ? Json("ok") : Json(watcher.differences);
  if (!trouble.empty()) row["trouble"] = trouble;
  return outcome;
}

}  // namespace fno::stage_a
