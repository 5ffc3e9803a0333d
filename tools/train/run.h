#pragma once

#include <string>
#include <vector>

#include "tools/config/commands.h"
#include "tools/config/settings.h"
#include "tools/train/run_context.h"

namespace fno {

/// `fno train`: trains, and leaves a run directory. Returns the exit status: 0, or 130 and 143 after a signal.
/// Errors: those of the command line's contract. Nothing is written before everything that can be checked has been.
int run_train(const config::Settings& settings, const std::vector<std::string>& arguments);
int run_train(const config::Settings& settings, const train::RunContext& context);

/// `fno evaluate`: measures the stored weights of a run on another file.
/// Errors   data: no such run or weights, data of other channels or dimensions; config: a grid that the modes do not
/// fit;
///          checkpoint: damaged; storage: --output cannot be written.
int run_evaluate(const config::EvaluateOptions& options);
int run_evaluate(const config::EvaluateOptions& options, const train::RunContext& context);

}  // namespace fno
