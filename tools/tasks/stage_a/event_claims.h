#pragma once

#include "tools/tasks/stage_a/claims.h"

namespace fno::stage_a {

/// Where networks die, what grew before, and which change saves from how far: of events.jsonl.
[[nodiscard]] std::vector<report::Table> event_tables(const std::vector<training::Json>& events);
/// "event.hybrid.flat", "event.stable_hybrid.flat", "table.event.maps" and so on.
[[nodiscard]] Claims event_claims(const std::vector<training::Json>& events);

}  // namespace fno::stage_a
