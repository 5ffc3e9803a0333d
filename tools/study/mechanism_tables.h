#pragma once

#include "tools/study/tables.h"

namespace fno::study {

/// What the files of OUT/mechanism say: replays, deaths, states at the end, revivals. Nothing without files.
[[nodiscard]] std::optional<Section> mechanism_section(const std::vector<train::Json>& examined);

}  // namespace fno::study
