#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/commands/network_options.h"

namespace fno {

/// fno evaluate
struct EvaluateOptions : NetworkOptions {
  std::optional<std::string> output;  ///< JSON file for the metrics, beside the standard output
};

[[nodiscard]] std::vector<settings::Row<EvaluateOptions>> evaluate_rows();

/// Measures a trained network on a file that it was not trained on.
/// Errors   data: no such run or weights, data of other channels or dimensions; checkpoint: damaged; storage: --output
///          cannot be written.
int run_evaluate(const EvaluateOptions& options, const training::RunContext& context);

}  // namespace fno
