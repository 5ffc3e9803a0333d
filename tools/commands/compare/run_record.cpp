#include "tools/commands/compare/run_record.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "framework/error.h"
#include "tools/files/atomic_file.h"
#include "tools/settings/resolve.h"
#include "tools/tasks/ptychography/study_rows.h"
#include "tools/tasks/ptychography/task.h"
#include "tools/tasks/ptychography/validation.h"
#include "tools/training/run_directory.h"

namespace fno::compare {
namespace {

namespace fs = std::filesystem;
using ptychography::AmplitudePhase;
using ptychography::ReconMetrics;
using training::Json;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// null stands for a value that is not finite, with its name beside.
double number(const Json& value, const Json& name) {
  if (value.is_number()) return value.get<double>();
  if (name == "inf") return std::numeric_limits<double>::infinity();
  if (name == "-inf") return -std::numeric_limits<double>::infinity();
  return kNan;
}

AmplitudePhase pair(const Json& m, const std::string& key) {
  const Json value = m.value(key, Json::array({nullptr, nullptr}));
  const Json name = m.value(key + "_not_finite", Json::array({nullptr, nullptr}));
  return {number(value.at(0), name.at(0)), number(value.at(1), name.at(1))};
}

double scalar(const Json& m, const std::string& key) {
  return number(m.value(key, Json()), m.value(key + "_not_finite", Json()));
}

std::optional<std::vector<double>> curve(const Json& m, std::size_t which) {
  const Json values = m.value("frc", Json::array({nullptr, nullptr})).at(which);
  if (!values.is_array()) return std::nullopt;
  std::vector<double> curve;
  for (const Json& v : values) curve.push_back(number(v, nullptr));
  return curve;
}

// The lists of history.json that every run has; others are measures of its task.
bool is_common_list(const std::string& key) {
  return key == "train_loss" || key == "val_loss" || key == "learning_rate" || key == "grad_norm" || key == "seconds" ||
         key == "skipped_steps" || key == "not_finite";
}

std::vector<training::EpochRecord> history_of(const Json& json) {
  std::vector<training::EpochRecord> history(json.at("train_loss").size());
  // Null is a value that is missing, unless a flag says that it is not finite.
  const auto value = [&](const std::string& key, std::size_t epoch) -> std::optional<double> {
    const Json& v = json.at(key).at(epoch);
    if (v.is_number()) return v.get<double>();
    for (const Json& flag : json.value("not_finite", Json::array()))
      if (flag.at("key") == key && flag.at("epoch") == epoch) return number(nullptr, flag.at("value"));
    return std::nullopt;
  };
  for (std::size_t e = 0; e < history.size(); ++e) {
    training::EpochRecord& r = history[e];
    r.train_loss = value("train_loss", e).value_or(kNan);
    r.val_loss = value("val_loss", e);
    r.learning_rate = value("learning_rate", e).value_or(kNan);
    r.grad_norm = value("grad_norm", e);
    r.seconds = value("seconds", e).value_or(0);
    r.skipped_steps = json.at("skipped_steps").at(e).get<std::int64_t>();
    for (const auto& [key, list] : json.items())
      if (!is_common_list(key))
        if (const auto v = value(key, e)) r.measures.emplace_back(key, *v);
  }
  return history;
}

// Limits on the loss belong to mae; of another loss the object alone is judged.
ptychography::CollapseLimits limits_of(const RunRecord& run) {
  ptychography::CollapseLimits limits;
  if (run.settings.train.loss != settings::Loss::mae)
    limits.learned = limits.floor = std::numeric_limits<double>::infinity();
  return limits;
}

// The detector sees the epochs that ended; how the run itself ended is the last word.
std::optional<ptychography::Verdict> verdict_of(const RunRecord& run) {
  training::TrainingState state;
  state.history = run.history;
  std::optional<ptychography::Verdict> verdict =
      ptychography::verdict_of(state, limits_of(run), run.exit_code == static_cast<int>(ErrorKind::numeric));
  if (run.exit_code == static_cast<int>(ErrorKind::device)) {
    if (!verdict) verdict.emplace();
    verdict->outcome = ptychography::RunOutcome::oom;
    verdict->rule = ptychography::CollapseRule::out_of_memory;
  }
  return verdict;
}

const Json* data_entry(const RunRecord& run, const std::string& role) {
  if (!run.manifest.contains("data")) return nullptr;
  for (const Json& file : run.manifest.at("data"))
    if (file.value("role", "") == role) return &file;
  return nullptr;
}

}  // namespace

Json read_json(const fs::path& path) {
  constexpr std::uint64_t kLargest = std::uint64_t{1} << 30;
  const std::vector<std::byte> bytes = read_whole_file(path.string(), kLargest);
  const auto* text = reinterpret_cast<const char*>(bytes.data());
  Json json = Json::parse(text, text + bytes.size(), nullptr, false);
  require<ErrorKind::data>(json.is_object(), path.string(), ": found no JSON object, accepted: one as fno writes it");
  return json;
}

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
    run.history = history_of(read_json(paths.history()));
    if (run.metrics.contains("last")) run.last = recon_metrics(run.metrics["last"]);
    if (run.metrics.contains("best")) run.best = recon_metrics(run.metrics["best"]);
    if (const Json best = run.metrics.value("best_epoch", Json()); best.is_number_integer())
      run.best_epoch = best.get<int>();
  } catch (const nlohmann::json::exception&) {
    fail(ErrorKind::data, folder.string(), ": found a history.json or metrics.json without the lists of its kind, ",
         "accepted: those that fno train writes");
  }
  if (run.is_ptychography()) run.verdict = verdict_of(run);
  return run;
}

RunRecord failed_run(const settings::Settings& settings, const std::string& label, int exit_code,
                     const std::string& error) {
  RunRecord run{.label = label, .folder = settings.run.output_dir};
  run.settings = settings;
  run.exit_code = exit_code;
  run.error = error;
  run.verdict = verdict_of(run);
  return run;
}

std::optional<ReconMetrics> recon_metrics(const Json& m) {
  if (!m.is_object() || !m.contains("ssim")) return std::nullopt;
  ReconMetrics r;
  r.mae = pair(m, "mae");
  r.mse = pair(m, "mse");
  r.psnr = pair(m, "psnr");
  r.psnr_data_range = pair(m, "psnr_data_range");
  r.ssim = pair(m, "ssim");
  r.ssim_gaussian = pair(m, "ssim_gaussian");
  r.ms_ssim = pair(m, "ms_ssim");
  r.frc50 = pair(m, "frc50");
  r.frc1over7 = pair(m, "frc1over7");
  r.frc50_interpolated = pair(m, "frc50_interpolated");
  r.frc1over7_interpolated = pair(m, "frc1over7_interpolated");
  r.frc_amplitude = curve(m, 0);
  r.frc_phase = curve(m, 1);
  r.mean_match_factor = scalar(m, "mean_match_factor");
  r.amplitude_mean = scalar(m, "amplitude_mean");
  r.amplitude_std = scalar(m, "amplitude_std");
  return r;
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
