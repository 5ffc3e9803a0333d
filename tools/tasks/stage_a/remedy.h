#pragma once

#include "tools/tasks/stage_a/cells.h"

namespace fno::stage_a {

/// Held-out seeds: none of them is used by another part.
[[nodiscard]] const std::vector<std::int64_t>& held_out_seeds();

/// What is tried against collapse, as OUT/remedies.json has it:
/// {"cell": "hybrid-noclip-batch", "remedies": [{"name": "clip_1", "settings": {"optim.grad_clip": "1"}}]}
struct Remedies {
  std::string cell;
  std::vector<Change> changes;
};

/// The change with which most replays survived, of those that are settings of a whole run; of equals the first in the
/// list of replays. Replays of the worst cell count, or all if none of that cell was examined. `examined`: the files
/// of OUT/mechanism. No change if no replay survived.
[[nodiscard]] Remedies derive_remedies(const StudyProfile& profile, const std::vector<RunRow>& rows,
                                       const std::vector<training::Json>& examined);

/// Reads OUT/remedies.json; a person may have edited it. Errors: data.
[[nodiscard]] Remedies read_remedies(const std::string& path);
[[nodiscard]] training::Json remedies_json(const Remedies& remedies);

/// The cell without and with each remedy on the held-out seeds. Errors: config for an unknown cell.
[[nodiscard]] std::vector<RunPlan> plan_remedies(const StudyProfile& profile, const Remedies& remedies);

}  // namespace fno::stage_a
