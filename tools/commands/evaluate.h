#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/settings/row.h"
#include "tools/training/run_context.h"

namespace fno {

enum class Weights { last, best };

/// fno evaluate
struct EvaluateOptions : settings::CommonOptions {
  std::string run, data;
  Weights weights = Weights::last;
  std::optional<std::string> output;  ///< JSON file for the metrics, beside the standard output
};

[[nodiscard]] std::vector<settings::Row<EvaluateOptions>> evaluate_rows();

/// Measures the stored weights of a run on another file.
/// Errors   data: no such run or weights, data of other channels or dimensions; config: a grid that the modes do not
///          fit; checkpoint: damaged; storage: --output cannot be written.
int run_evaluate(const EvaluateOptions& options, const training::RunContext& context);

}  // namespace fno

template <>
inline constexpr std::array<std::string_view, 2> fno::kNames<fno::Weights>{"last", "best"};
