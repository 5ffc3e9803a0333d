#include "tools/commands/compare/run_record.h"

#include <algorithm>

#include "framework/error.h"
#include "tools/files/json_file.h"
#include "tools/settings/resolve.h"
#include "tools/tasks/ptychography/study_rows.h"
#include "tools/training/run_directory.h"

namespace fno::compare {
namespace {

namespace fs = std::filesystem;
using training::Json;

const Json* data_entry(const RunRecord& run, const std::string& role) {
  if (!run.manifest.contains("data")) return nullptr;
  for (const Json& file : run.manifest.at("data"))
    if (file.value("role", "") == role) return &file;
  return nullptr;
}

// How a run ended is the last word on it.
void judge_ending(RunRecord& run) {
  using ptychography::CollapseRule, ptychography::RunOutcome;
  if (run.whole() || (run.verdict && run.verdict->outcome == RunOutcome::nan)) return;
  if (ran_out_of_memory(run))
    run.verdict = {.outcome = RunOutcome::oom, .rule = CollapseRule::out_of_memory};
  else
    run.verdict = {.outcome = RunOutcome::nan,
                   .rule = CollapseRule::not_finite,
                   .epoch = static_cast<int>(run.history.size()) + 1};
}

}  // namespace

std::optional<int> ending_of(const fs::path& folder) {
  const fs::path path = training::RunPaths(folder).manifest();
  std::error_code error;
  if (!fs::exists(path, error)) return std::nullopt;
  const Json code = read_json(path).value("exit_code", Json());
  return code.is_number_integer() ? std::optional(code.get<int>()) : std::nullopt;
}

RunRecord read_run(const fs::path& folder, const std::string& label) {
  std::error_code error;
  require<ErrorKind::data>(fs::is_directory(folder, error), folder.string(), ": found ",
                           fs::exists(folder, error) ? "a file" : "nothing", ", accepted: a run directory");
  const training::RunPaths paths(folder);
  for (const std::string& file : {paths.config(), paths.manifest(), paths.history(), paths.metrics()})
    require<ErrorKind::data>(fs::is_regular_file(file, error), file,
                             ": found nothing, accepted: the file that a finished run has there");
  RunRecord run{.label = label, .folder = folder};
  run.settings = settings::load_settings(paths.config());
  run.manifest = read_json(paths.manifest());
  run.metrics = read_json(paths.metrics());
  const auto ending = ending_of(folder);
  const bool failed = ending == static_cast<int>(ErrorKind::numeric) || ending == static_cast<int>(ErrorKind::device);
  require<ErrorKind::data>(ending == 0 || failed, folder.string(), ": found a run that ",
                           ending ? "ended with exit code " + std::to_string(*ending) : std::string("has not ended"),
                           ", accepted: a finished one (0, or 4 and 5 for one that failed)");
  run.exit_code = *ending;
  run.error = run.manifest.value("error", "");
  try {
    run.history = training::read_history(read_json(paths.history()));
    if (run.metrics.contains("last")) run.last = ptychography::recon_metrics(run.metrics["last"]);
    if (run.metrics.contains("best")) run.best = ptychography::recon_metrics(run.metrics["best"]);
    if (const Json best = run.metrics.value("best_epoch", Json()); best.is_number_integer())
      run.best_epoch = best.get<int>();
    if (run.metrics.contains("collapse")) run.verdict = ptychography::read_verdict(run.metrics["collapse"]);
  } catch (const nlohmann::json::exception&) {
    fail(ErrorKind::data, folder.string(), ": found a history.json or metrics.json without the lists of its kind, ",
         "accepted: those that fno train writes");
  }
  judge_ending(run);
  return run;
}

RunRecord failed_run(const settings::Settings& settings, const std::string& label, int exit_code,
                     const std::string& error) {
  RunRecord run{.label = label, .folder = settings.run.output_dir};
  run.settings = settings;
  run.exit_code = exit_code;
  run.error = error;
  judge_ending(run);
  return run;
}

std::string commit_of(const RunRecord& run) { return run.manifest.value("git_commit", ""); }

std::string data_hash(const RunRecord& run, const std::string& role) {
  const Json* file = data_entry(run, role);
  return file == nullptr ? "" : file->value("sha256", "");
}

std::string data_path(const RunRecord& run, const std::string& role) {
  const Json* file = data_entry(run, role);
  return file == nullptr ? "" : file->value("path", "");
}

std::optional<double> best_val_loss(const RunRecord& run) {
  std::vector<double> losses;
  for (const training::EpochRecord& r : run.history)
    if (r.val_loss) losses.push_back(*r.val_loss);
  return ptychography::best_val_loss(losses);
}

std::optional<double> final_val_loss(const RunRecord& run) {
  return run.history.empty() || !run.whole() ? std::nullopt : run.history.back().val_loss;
}

double seconds_of(const RunRecord& run) {
  double seconds = 0;
  for (const training::EpochRecord& r : run.history) seconds += r.seconds;
  return seconds;
}

std::string outcome_of(const RunRecord& run) {
  if (run.verdict) return run.verdict->label();
  if (ran_out_of_memory(run)) return "oom";
  return run.whole() ? "ok" : "nan";
}

bool is_lost(const RunRecord& run) {
  if (!run.verdict) return run.exit_code == static_cast<int>(ErrorKind::numeric);
  using Outcome = ptychography::RunOutcome;
  const Outcome outcome = run.verdict->outcome;
  return outcome == Outcome::collapsed || outcome == Outcome::never_learned || outcome == Outcome::nan;
}

bool ran_out_of_memory(const RunRecord& run) { return run.exit_code == static_cast<int>(ErrorKind::device); }

}  // namespace fno::compare
