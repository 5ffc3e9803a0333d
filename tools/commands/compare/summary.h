#pragma once

#include <string>
#include <vector>

#include "tools/commands/compare/run_record.h"
#include "tools/report/page.h"

namespace fno::compare {

/// One row a run: depth, size, losses, outcome, time.
[[nodiscard]] report::Table arms_table(const std::vector<RunRecord>& runs);

/// One row a run and set of weights, last and best, with the scores on the test data; for ptychography the trivial
/// answers behind them, of which `constant` holds the scores: a constant object, zero phase.
[[nodiscard]] report::Table scores_table(const std::vector<RunRecord>& runs,
                                         const std::optional<ptychography::ReconMetrics>& constant);

/// One row an architecture: how many of its runs were lost with the Wilson interval, medians over the others' numbers.
/// Runs out of memory are not counted. Empty unless an architecture was run with several seeds.
[[nodiscard]] report::Table seeds_table(const std::vector<RunRecord>& runs);

/// One row a setting that is not the same in all runs, one column a run. Paths and what only touches logging are left
/// out. Empty for a single run.
[[nodiscard]] report::Table differences_table(const std::vector<RunRecord>& runs);
/// The settings that all runs share.
[[nodiscard]] std::vector<report::Fact> common_settings(const std::vector<RunRecord>& runs);

/// What the detector, the gradients and the norms' weights have to say, a line a run or more.
[[nodiscard]] std::vector<std::string> instability_notes(const std::vector<RunRecord>& runs);

/// What follows from the numbers, in one or two sentences: which architecture to prefer, or that none can be.
[[nodiscard]] std::string recommendation(const std::vector<RunRecord>& runs,
                                         const std::optional<ptychography::ReconMetrics>& constant);

}  // namespace fno::compare
