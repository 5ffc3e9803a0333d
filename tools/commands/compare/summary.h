#pragma once

#include <string>
#include <vector>

#include "tools/commands/compare/groups.h"

namespace fno::compare {

/// One row a run: depth, size, losses, outcome, time.
[[nodiscard]] report::Table arms_table(const Comparison& comparison);

/// One row a run and set of weights, last and best, with the scores on the test data; the trivial answers behind them.
[[nodiscard]] report::Table scores_table(const Comparison& comparison);

/// One row an architecture: how many of its runs were lost with the Wilson interval, medians over the others' numbers.
/// Runs out of memory are not counted. Empty unless an architecture was run with several seeds.
[[nodiscard]] report::Table seeds_table(const Comparison& comparison);

/// One row a setting that is not the same in all runs, one column a run. Paths and what only touches logging are left
/// out. Empty for a single run.
[[nodiscard]] report::Table differences_table(const std::vector<RunRecord>& runs);
/// The settings that all runs share.
[[nodiscard]] std::vector<report::Fact> common_settings(const std::vector<RunRecord>& runs);

/// What the detector, the gradients and the norms' weights have to say, a line a run or more.
[[nodiscard]] std::vector<std::string> instability_notes(const Comparison& comparison);

/// What follows from the numbers, in one or two sentences: which architecture to prefer, or that none can be.
[[nodiscard]] std::string recommendation(const Comparison& comparison);

}  // namespace fno::compare
