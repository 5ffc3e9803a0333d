#pragma once

#include "optim/clip.h"
#include "optim/optimizer.h"
#include "optim/schedule.h"
#include "tools/settings/settings.h"

namespace fno::training {

/// Settings as the parts of every run take them.
[[nodiscard]] OptimizerSettings optimizer_settings(const settings::Settings& settings);
[[nodiscard]] ScheduleSettings schedule_settings(const settings::Settings& settings);
[[nodiscard]] ClipSettings clip_settings(const settings::Settings& settings);

}  // namespace fno::training
