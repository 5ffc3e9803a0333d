#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tools/settings/settings.h"
#include "tools/tasks/ptychography/collapse.h"
#include "tools/tasks/ptychography/image_metrics.h"
#include "tools/training/history.h"

namespace fno::compare {

/// A run of `fno train`, `fno compare` or `fno study` as its directory tells it.
struct RunRecord {
  std::string label = {};  ///< "pinn_hybrid"; with several seeds "pinn_hybrid_seed7"
  std::filesystem::path folder = {};
  bool kept = false;  ///< it stood there before this call
  settings::Settings settings = {};
  int exit_code = 0;       ///< 0, numeric (4) or device (5): other endings leave no record
  std::string error = {};  ///< its one line; empty for a whole run
  training::Json manifest = training::Json::object(), metrics = training::Json::object();
  std::vector<training::EpochRecord> history = {};
  std::optional<int> best_epoch = {};  ///< from 0: of the weights that `best` was measured with

  // Ptychography with a test file.
  std::optional<ptychography::ReconMetrics> last = {}, best = {};
  std::optional<ptychography::Verdict> verdict = {};  ///< also of a run that ended early

  [[nodiscard]] bool whole() const { return exit_code == 0; }
  [[nodiscard]] bool is_ptychography() const { return settings.run.task == settings::Task::ptychography; }
  [[nodiscard]] std::string architecture() const { return std::string(settings::name_of(settings.run.architecture)); }
};

/// How the run in that folder ended, or nothing: no run, one under way, or one that died without a word.
/// Errors: data, if its manifest is damaged.
[[nodiscard]] std::optional<int> ending_of(const std::filesystem::path& folder);

/// Reads config.toml, manifest.json, history.json and metrics.json.
/// Errors: data, naming the file that is missing or damaged, or the run that has not come to an end.
[[nodiscard]] RunRecord read_run(const std::filesystem::path& folder, const std::string& label);

/// The record of a run that ended before it had a directory.
[[nodiscard]] RunRecord failed_run(const settings::Settings& settings, const std::string& label, int exit_code,
                                   const std::string& error);

/// A member of the manifest, or an empty text.
[[nodiscard]] std::string commit_of(const RunRecord& run);
/// SHA-256 of the data file of that role ("training", "test", "validation"), or an empty text.
[[nodiscard]] std::string data_hash(const RunRecord& run, const std::string& role);
/// The path of that file, absolute, or an empty text.
[[nodiscard]] std::string data_path(const RunRecord& run, const std::string& role);

/// Least validation loss; nothing without one or where one is NaN.
[[nodiscard]] std::optional<double> best_val_loss(const RunRecord& run);
[[nodiscard]] std::optional<double> final_val_loss(const RunRecord& run);
[[nodiscard]] double seconds_of(const RunRecord& run);
/// The detector's label; "nan" and "oom" for runs that ended so; "ok" where there is no detector.
[[nodiscard]] std::string outcome_of(const RunRecord& run);
/// Collapsed, never learned, or died of NaN.
[[nodiscard]] bool is_lost(const RunRecord& run);
[[nodiscard]] bool ran_out_of_memory(const RunRecord& run);

}  // namespace fno::compare
