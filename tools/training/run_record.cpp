#include "tools/training/run_record.h"

#include <algorithm>
#include <cmath>

#include "framework/error.h"
#include "tools/files/json_file.h"
#include "tools/settings/resolve.h"
#include "tools/training/run_directory.h"

namespace fno::training {
namespace {

namespace fs = std::filesystem;

// What the judge said; how a run ended is the last word on it.
void judge(RunRecord& run) {
  if (const Json verdict = run.metrics.value("collapse", Json()); verdict.is_object()) {
    run.outcome = verdict.at("label");
    run.rule = verdict.at("rule");
    run.first_epoch = verdict.at("first_epoch");
  }
  if (run.exit_code == static_cast<int>(ErrorKind::device)) {
    run.outcome = "oom";
    run.rule = "out_of_memory";
  } else if (!run.whole()) {
    run.outcome = "nan";
    run.rule = "not_finite";
  }
}

}  // namespace

bool RunRecord::lost() const {
  return outcome.starts_with("collapsed") || outcome == "never_learned" || outcome == "nan";
}

std::string RunRecord::data_text(const std::string& role, const char* member) const {
  for (const Json& file : manifest.value("data", Json::array()))
    if (file.value("role", "") == role) return file.value(member, "");
  return {};
}

std::optional<double> RunRecord::best_val_loss() const {
  std::optional<double> least;
  for (const EpochRecord& r : history) {
    if (!r.val_loss) continue;
    if (std::isnan(*r.val_loss)) return std::nullopt;
    least = std::min(least.value_or(*r.val_loss), *r.val_loss);
  }
  return least;
}

std::optional<double> RunRecord::final_val_loss() const {
  return history.empty() || !whole() ? std::nullopt : history.back().val_loss;
}

double RunRecord::seconds() const {
  double sum = 0;
  for (const EpochRecord& r : history) sum += r.seconds;
  return sum;
}

std::optional<int> ending_of(const fs::path& folder) {
  const fs::path path = RunPaths(folder).manifest();
  std::error_code error;
  if (!fs::exists(path, error)) return std::nullopt;
  const Json code = read_json(path).value("exit_code", Json());
  return code.is_number_integer() ? std::optional(code.get<int>()) : std::nullopt;
}

RunRecord read_run(const fs::path& folder, const std::string& label) {
  std::error_code error;
  require<ErrorKind::data>(fs::is_directory(folder, error), folder.string(), ": found ",
                           fs::exists(folder, error) ? "a file" : "nothing", ", accepted: a run directory");
  const RunPaths paths(folder);
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
    run.history = read_history(read_json(paths.history()));
    if (const Json best = run.metrics.value("best_epoch", Json()); best.is_number_integer())
      run.best_epoch = best.get<int>();
    judge(run);
  } catch (const nlohmann::json::exception&) {
    fail(ErrorKind::data, folder.string(), ": found a history.json or metrics.json without the lists of its kind, ",
         "accepted: those that fno train writes");
  }
  return run;
}

RunRecord failed_run(const settings::Settings& settings, const std::string& label, int exit_code,
                     const std::string& error) {
  RunRecord run{.label = label, .folder = settings.run.output_dir};
  run.settings = settings;
  run.exit_code = exit_code;
  run.error = error;
  judge(run);
  return run;
}

}  // namespace fno::training
