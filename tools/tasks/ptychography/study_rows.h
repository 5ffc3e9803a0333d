#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tools/tasks/ptychography/collapse.h"
#include "tools/tasks/ptychography/image_metrics.h"
#include "tools/training/json_values.h"

namespace fno::ptychography {

/// One finished run of the study.
struct StudyRow {
  std::string arm = {}, architecture = {};
  std::uint64_t seed = 0;
  std::optional<double> best_val_loss = {}, final_val_loss = {};
  std::optional<ReconMetrics> metrics = {};  ///< of the last weights
  Verdict verdict = {};
  std::optional<bool> learned = {};  ///< the validation loss came below CollapseLimits::learned; only of the loss mae
  std::string git_commit = {}, data_sha256 = {};
};

/// `stage_a_metrics.json`: [{"arm", "arch", "best_val_loss", "phase_ssim", "final_val_loss", "amp_ssim", "amp_mae",
/// "collapsed", "learned", "label", "rule", "seed", "git_commit", "data_sha256"}, …], sorted by best_val_loss, missing
/// last. What is missing is null. "collapsed": the detector's rules stand broken at the end (specification, section
/// 11): collapsed, NaN, or never learned with an object that is flat or at the fingerprint of a constant one. A run
/// that never learned and broke no rule has not collapsed, and neither has one that ran out of memory.
[[nodiscard]] training::Json stage_a_metrics_json(std::vector<StudyRow> rows);

/// One run of the crash hunt.
struct CrashHuntRow {
  int depth = 0;
  std::uint64_t seed = 0;
  std::optional<double> best_val_loss = {}, final_val_loss = {}, amp_ssim = {};
  bool out_of_memory = false;

  /// amp_ssim < 0.5, final_val_loss > 0.15, a value that is missing or NaN, or out of memory.
  [[nodiscard]] bool crashed() const;
};

/// `crash_hunt_summary.json`: {"runs": [{"depth", "seed", "best_val_loss", "final_val_loss", "amp_ssim", "crashed"}]}.
[[nodiscard]] training::Json crash_hunt_json(std::span<const CrashHuntRow> rows);

}  // namespace fno::ptychography
