#pragma once

#include <string>
#include <vector>

#include "tools/settings/commands.h"
#include "tools/settings/settings.h"
#include "tools/training/run_context.h"

namespace fno {

/// `fno train`: trains, and leaves a run directory. Returns the exit status: 0, or 130 and 143 after a signal.
/// Errors: those of the command line's contract. Nothing is written before everything that can be checked has been.
int run_train(const settings::Settings& settings, const std::vector<std::string>& arguments);
int run_train(const settings::Settings& settings, const training::RunContext& context);

/// `fno evaluate`: measures the stored weights of a run on another file.
/// Errors   data: no such run or weights, data of other channels or dimensions; config: a grid that the modes do not
/// fit;
///          checkpoint: damaged; storage: --output cannot be written.
int run_evaluate(const settings::EvaluateOptions& options);
int run_evaluate(const settings::EvaluateOptions& options, const training::RunContext& context);

}  // namespace fno
