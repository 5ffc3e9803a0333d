#pragma once

#include "tools/train/task.h"

namespace fno::train {

/// What the page of a run shows whatever the task; the task adds its own (Task::fill_page).
[[nodiscard]] report::RunReport run_page(const config::Settings& settings, const Manifest& manifest,
                                         const TrainingState& state, const RunResults& results);

}  // namespace fno::train
