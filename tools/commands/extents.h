#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/settings/value.h"

namespace fno {

/// The points of each axis, outermost first, of "64x64" or "64,64"; empty if a text is neither.
[[nodiscard]] std::vector<std::int64_t> extents(const std::string& text);

/// The rule of a flag for such a text.
[[nodiscard]] settings::Rule extents_rule();

}  // namespace fno
