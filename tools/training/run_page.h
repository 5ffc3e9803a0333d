#pragma once

#include "tools/training/task.h"

namespace fno::training {

/// What the page of a run shows whatever the task; the task adds its own (Task::fill_page).
[[nodiscard]] report::RunReport run_page(const settings::Settings& settings, const Manifest& manifest,
                                         const TrainingState& state, const RunResults& results);

}  // namespace fno::training
