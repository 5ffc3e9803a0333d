#include "tools/tasks/ptychography/study_rows.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "tools/tasks/ptychography/collapse.h"
#include "tools/tasks/ptychography/losses.h"
#include "tools/training/json_fields.h"

namespace fno::ptychography {
namespace {

using training::RunRecord, training::put_number;

// Of the last weights.
std::optional<double> score(const RunRecord& run, AmplitudePhase ReconMetrics::*metric, double AmplitudePhase::*part) {
  const std::optional<ReconMetrics> m = recon_metrics(run.scores("last"));
  return m ? std::optional((*m).*metric.*part) : std::nullopt;
}

std::optional<double> amplitude_ssim(const RunRecord& run) {
  return score(run, &ReconMetrics::ssim, &AmplitudePhase::amplitude);
}

Json learned(const RunRecord& run) {
  if (!loss_named(run.settings.train.loss).known_floor) return nullptr;
  return std::ranges::any_of(
      run.history, [](const training::EpochRecord& r) { return r.val_loss && *r.val_loss < CollapseLimits{}.learned; });
}

bool crashed(const RunRecord& run) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN(), kLeastSsim = 0.5, kMostLoss = 0.15;
  const double loss = run.final_val_loss().value_or(kNan), ssim = amplitude_ssim(run).value_or(kNan);
  return run.out_of_memory() || !(ssim >= kLeastSsim && loss <= kMostLoss);
}

}  // namespace

Json stage_a_metrics_json(const std::vector<RunRecord>& runs) {
  std::vector<const RunRecord*> sorted;
  for (const RunRecord& run : runs) sorted.push_back(&run);
  std::ranges::stable_sort(sorted, {}, [](const RunRecord* run) {
    return run->best_val_loss().value_or(std::numeric_limits<double>::infinity());
  });
  Json list = Json::array();
  for (const RunRecord* at : sorted) {
    const RunRecord& run = *at;
    Json& row = list.emplace_back(Json::object());
    row["arm"] = run.label;
    row["arch"] = run.architecture();
    put_number(row, "best_val_loss", run.best_val_loss());
    put_number(row, "phase_ssim", score(run, &ReconMetrics::ssim, &AmplitudePhase::phase));
    put_number(row, "final_val_loss", run.final_val_loss());
    put_number(row, "amp_ssim", amplitude_ssim(run));
    put_number(row, "amp_mae", score(run, &ReconMetrics::mae, &AmplitudePhase::amplitude));
    row["collapsed"] = run.lost() && run.rule != name_of(CollapseRule::none);
    row["learned"] = learned(run);
    row["label"] = run.outcome == "ok" ? std::string(name_of(RunOutcome::healthy)) : run.outcome;
    row["rule"] = run.rule;
    row["seed"] = static_cast<std::uint64_t>(run.settings.run.seed);
    row["git_commit"] = run.commit();
    row["data_sha256"] = run.data_hash("training");
  }
  return list;
}

Json crash_hunt_json(const std::vector<RunRecord>& runs) {
  Json json{{"runs", Json::array()}};
  for (const RunRecord& run : runs) {
    Json& row = json["runs"].emplace_back(Json::object());
    row["depth"] = run.settings.model.blocks;
    row["seed"] = static_cast<std::uint64_t>(run.settings.run.seed);
    put_number(row, "best_val_loss", run.best_val_loss());
    put_number(row, "final_val_loss", run.final_val_loss());
    put_number(row, "amp_ssim", amplitude_ssim(run));
    row["crashed"] = crashed(run);
  }
  return json;
}

}  // namespace fno::ptychography
