#pragma once

#include <vector>

#include "tools/training/run_record.h"

namespace fno::ptychography {

/// `stage_a_metrics.json`: [{"arm", "arch", "best_val_loss", "phase_ssim", "final_val_loss", "amp_ssim", "amp_mae",
/// "collapsed", "learned", "label", "rule", "seed", "git_commit", "data_sha256"}, …], sorted by best_val_loss, missing
/// last; scores of the last weights. What is missing is null. "collapsed": the detector's rules stand broken at the end
/// (specification, section 11): collapsed, NaN, or never learned with an object that is flat or at the fingerprint of a
/// constant one. A run that never learned and broke no rule has not collapsed, and neither has one that ran out of
/// memory. "learned": the validation loss came below CollapseLimits::learned; only of the loss mae is it known what a
/// constant object scores.
[[nodiscard]] Json stage_a_metrics_json(const std::vector<training::RunRecord>& runs);

/// `crash_hunt_summary.json`: {"runs": [{"depth", "seed", "best_val_loss", "final_val_loss", "amp_ssim", "crashed"}]}.
/// Crashed: amp_ssim < 0.5, final_val_loss > 0.15, a value that is missing or NaN, or out of memory.
[[nodiscard]] Json crash_hunt_json(const std::vector<training::RunRecord>& runs);

}  // namespace fno::ptychography
