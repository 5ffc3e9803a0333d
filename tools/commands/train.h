#pragma once

#include "tools/settings/settings.h"
#include "tools/training/run_context.h"

namespace fno {

/// `fno train`: trains, and leaves a run directory. Returns the exit status: 0, or 130 and 143 after a signal.
/// Errors: those of the command line's contract. Nothing is written before everything that can be checked has been.
int run_train(const settings::Settings& settings, const training::RunContext& context);

}  // namespace fno
