#pragma once

#include <filesystem>

#include "tools/tasks/stage_a/full_design.h"

namespace fno::stage_a {

/// Where a run of the design stands: OUT/<arm>/<seed>, a directory of `fno train` with train.log, layers.jsonl
/// (layer_log.h) and, once it has a row, steps.npz: loss and grad_norm of every step, (S) float32.
[[nodiscard]] std::filesystem::path run_folder(const std::filesystem::path& out, const FullRun& run);

/// Makes the runs of the design that have no row yet, one after the other, each through to its end or until time or a
/// signal stops it; a stopped or killed run goes on from its last checkpoint. Several processes may do this at once: a
/// run is the process's that holds the lock on its log. Returns 0, or 130 and 143 after a signal.
/// Errors: as fno train; config for runs of the small size, for --force, and where another program began a run.
int run_full(const StudyOptions& options, const StudyProfile& profile);

}  // namespace fno::stage_a
