#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/settings/value.h"

namespace fno {

/// The rule of a flag that names a grid.
[[nodiscard]] settings::Rule extents_rule();

/// The points of each axis of "16,16" or "16x16", 1 to 65536 each. `label` begins the messages. Errors: config.
[[nodiscard]] std::vector<std::int64_t> extents(const std::string& text, const std::string& label);

}  // namespace fno
