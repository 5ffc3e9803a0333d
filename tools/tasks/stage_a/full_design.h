#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/tasks/stage_a/cells.h"

namespace fno::stage_a {

/// A run of the registered design (docs/studies/stage-a/protocol.md).
struct FullRun {
  RunPlan plan;               ///< its change's name is that of the arm
  std::optional<int> epochs;  ///< of the schedule's; nothing: all of them
  std::string begins_as;      ///< the arm whose run of the same seed is its beginning; empty: it begins itself

  [[nodiscard]] const std::string& arm() const { return plan.change.name; }
};

/// The arms by name, those of the primary comparisons first.
[[nodiscard]] const std::vector<std::string>& full_arms();

/// All runs in their order: pairs of arms with one seed, then the whole schedules, then the remedy.
[[nodiscard]] std::vector<FullRun> full_design(const StudyProfile& profile);

}  // namespace fno::stage_a
