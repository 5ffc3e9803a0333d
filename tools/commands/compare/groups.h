#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/report/page.h"
#include "tools/report/statistics.h"
#include "tools/training/comparison.h"

namespace fno::compare {

using training::RunRecord;

/// Runs that are to be laid side by side, all of one task.
struct Comparison {
  std::string title = {}, command = {};
  std::vector<RunRecord> runs = {};
  training::TaskComparison task = {};
  /// Runs of one architecture with several seeds: the first stands for it under the architecture's own label too.
  bool several_seeds = false;
};

/// Runs that differ in the seed of their weights alone.
struct Group {
  std::string name;  ///< the architecture; the first run's label where an architecture has several settings
  std::vector<std::size_t> runs = {};
  report::Rate lost = {};  ///< of all but those out of memory
  /// Medians over the runs that were not lost; of the scores of the last weights, one a column.
  std::optional<double> best_loss = {}, final_loss = {};
  training::ScoreValues scores = {};
};

/// In the order of their first runs.
[[nodiscard]] std::vector<Group> groups_of(const Comparison& comparison);
[[nodiscard]] bool has_several_seeds(const Comparison& comparison);

/// The settings that may change a number, by key; "–" where one was left open.
[[nodiscard]] std::vector<report::Fact> shared_settings(const RunRecord& run);

}  // namespace fno::compare
