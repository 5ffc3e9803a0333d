#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/commands/compare/run_record.h"
#include "tools/report/page.h"
#include "tools/report/statistics.h"

namespace fno::compare {

/// Runs that differ in the seed of their weights alone.
struct Group {
  std::string name;  ///< the architecture; the first run's label where an architecture has several settings
  std::vector<const RunRecord*> runs = {};
  report::Rate lost = {};  ///< of all but those out of memory
  /// Medians over the runs that were not lost.
  std::optional<double> best_loss = {}, final_loss = {}, amplitude_ssim = {}, amplitude_mae = {}, phase_ssim = {};
};

/// In the order of their first runs. The runs outlive the groups.
[[nodiscard]] std::vector<Group> groups_of(const std::vector<RunRecord>& runs);
[[nodiscard]] bool has_several_seeds(const std::vector<RunRecord>& runs);

/// Paths, threads and what only touches logging.
[[nodiscard]] bool changes_no_number(const std::string& key);
/// The settings that may change a number, by key; "–" where one was left open.
[[nodiscard]] std::vector<report::Fact> shared_settings(const RunRecord& run);

}  // namespace fno::compare
