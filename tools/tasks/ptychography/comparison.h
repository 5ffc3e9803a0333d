#pragma once

#include "tools/training/comparison.h"

namespace fno::ptychography {

/// Scores, curves, ring correlations, reconstructions beside the truth, and the files of Stage A (specification,
/// section 6.5): recons/, visuals/, stage_a_metrics.json, crash_hunt_summary.json, stage_a_summary.md.
/// Reconstructions are laid side by side where all runs were tested on one file.
/// Errors: data, if that file or a recon.npz is missing or another.
[[nodiscard]] training::TaskComparison compare_runs(const std::vector<training::RunRecord>& runs, bool several_seeds);

}  // namespace fno::ptychography
