#pragma once

#include "tools/tasks/stage_a/claims.h"

namespace fno::stage_a {

/// What findings.md says of the runs under the lens: "mechanism.hybrid.step", "table.replays", "table.scales" and so
/// on. Empty without examined runs.
[[nodiscard]] Claims mechanism_claims(const StudyFiles& files);

}  // namespace fno::stage_a
