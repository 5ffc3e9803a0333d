#pragma once

#include "tools/tasks/stage_a/claims.h"
#include "tools/tasks/stage_a/layer_probe.h"

namespace fno::stage_a {

/// The registered outcome: the object is constant in the last epoch, or the run ended by NaN.
[[nodiscard]] bool flat_or_nan(const RunRow& row);

/// An arm of the registered design with its rows; void runs left out.
struct FullArm {
  std::string name;
  std::vector<const RunRow*> rows;
  report::Rate flat, lost;
};
/// All arms, those without a row too.
[[nodiscard]] std::vector<FullArm> full_results(const std::vector<RunRow>& rows);

/// P1 and P2 of docs/studies/stage-a/protocol.md: a constant rate, the plan.
struct Comparison {
  std::string name;
  report::Rate constant, plan;
  double fisher = 1, holm = 1;
  int only_constant = 0, only_plan = 0;  ///< pairs of a seed of which one alone is flat
};
[[nodiscard]] std::vector<Comparison> primary_comparisons(const std::vector<FullArm>& arms);

/// σ of a map into a GELU over the steps of a run, from its layers.jsonl.
struct LayerCurve {
  std::string map;
  std::vector<double> steps, sigma;
};
/// Maps in order of the forward pass; empty without the file. Errors: data.
[[nodiscard]] std::vector<LayerCurve> read_layer_curves(const std::string& path);
/// Of a row's run below OUT/full.
[[nodiscard]] std::string layers_path(const std::string& study, const RunRow& row);

/// The map whose ln σ rises most against ln t over the steps 64, 128, 256, …; nothing with fewer than three of them.
struct Growth {
  std::string map;
  double slope = 0;
};
[[nodiscard]] std::optional<Growth> greatest_growth(const std::vector<LayerCurve>& curves);

/// Arms, primary comparisons, growth.
[[nodiscard]] std::vector<report::Table> full_tables(const StudyFiles& files);

/// "full.<arm>.flat" and the like, "full.P1.fisher", "table.full".
[[nodiscard]] Claims full_claims(const StudyFiles& files);

}  // namespace fno::stage_a
