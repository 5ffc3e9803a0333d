#pragma once

#include "tools/tasks/stage_a/tables.h"

namespace fno::stage_a {

/// What the files of OUT/mechanism say: replays, deaths, states at the end, revivals. Nothing without files.
[[nodiscard]] std::optional<report::Section> mechanism_section(const std::vector<training::Json>& examined);

}  // namespace fno::stage_a
