#pragma once

#include "tools/settings/commands.h"
#include "tools/tasks/ptychography/grid_lines.h"

namespace fno::ptychography {

/// The data set of these flags. `noise_seed` holds where the flag does not stand.
[[nodiscard]] GridLines grid_lines(const settings::GridLinesSettings& flags, std::int64_t noise_seed);

}  // namespace fno::ptychography
