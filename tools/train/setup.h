#pragma once

#include "optim/clip.h"
#include "optim/optimizer.h"
#include "optim/schedule.h"
#include "tools/config/settings.h"

namespace fno::train {

/// Settings as the parts of every run take them.
[[nodiscard]] OptimizerSettings optimizer_settings(const config::Settings& settings);
[[nodiscard]] ScheduleSettings schedule_settings(const config::Settings& settings);
[[nodiscard]] ClipSettings clip_settings(const config::Settings& settings);

}  // namespace fno::train
