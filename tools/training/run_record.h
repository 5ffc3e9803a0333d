#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tools/settings/settings.h"
#include "tools/training/history.h"

namespace fno::training {

/// A run of `fno train`, `fno compare` or `fno study` as its directory tells it.
struct RunRecord {
  std::string label = {};  ///< "pinn_hybrid"; with several seeds "pinn_hybrid_seed7"
  std::filesystem::path folder = {};
  bool kept = false;  ///< it stood there before this call
  settings::Settings settings = {};
  int exit_code = 0;       ///< 0, numeric (4) or device (5): other endings leave no record
  std::string error = {};  ///< its one line; empty for a whole run
  Json manifest = Json::object(), metrics = Json::object();
  std::vector<EpochRecord> history = {};
  std::optional<int> best_epoch = {};  ///< from 0: of the weights that `best` was measured with

  /// What the task's judge said ("collapse" of metrics.json), unless the run ended early: "nan", "oom". "ok" without a
  /// judge.
  std::string outcome = "ok", rule = "none";
  int first_epoch = 0;  ///< in which a rule of the judge was broken first; 0 = none

  [[nodiscard]] bool whole() const { return exit_code == 0; }
  [[nodiscard]] std::string architecture() const { return settings.model.architecture; }
  [[nodiscard]] bool out_of_memory() const { return outcome == "oom"; }
  /// Collapsed, never learned, or died of NaN.
  [[nodiscard]] bool lost() const;
  /// M of metrics.json of the weights "last" or "best"; null without.
  [[nodiscard]] Json scores(const char* weights) const { return metrics.value(weights, Json()); }

  [[nodiscard]] std::string commit() const { return manifest.value("git_commit", ""); }
  /// SHA-256 and absolute path of the data file of that role ("training", "test", "validation"), or an empty text.
  [[nodiscard]] std::string data_hash(const std::string& role) const { return data_text(role, "sha256"); }
  [[nodiscard]] std::string data_path(const std::string& role) const { return data_text(role, "path"); }

  /// Least validation loss; nothing without one or where one is NaN.
  [[nodiscard]] std::optional<double> best_val_loss() const;
  [[nodiscard]] std::optional<double> final_val_loss() const;
  [[nodiscard]] double seconds() const;

 private:
  [[nodiscard]] std::string data_text(const std::string& role, const char* member) const;
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

}  // namespace fno::training
