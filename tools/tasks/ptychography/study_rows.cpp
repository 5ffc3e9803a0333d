#include "tools/tasks/ptychography/study_rows.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace fno::ptychography {
namespace {

using training::Json;

void put(Json& object, const std::string& key, const std::optional<double>& value) {
  if (value)
    training::put_number(object, key, *value);
  else
    object[key] = nullptr;
}

bool is_collapsed(const Verdict& v) {
  if (v.outcome == RunOutcome::nan) return true;
  return (v.outcome == RunOutcome::collapsed || v.outcome == RunOutcome::never_learned) && v.rule != CollapseRule::none;
}

bool is_number(const std::optional<double>& value) { return value && !std::isnan(*value); }

}  // namespace

Json stage_a_metrics_json(std::vector<StudyRow> rows) {
  std::stable_sort(rows.begin(), rows.end(), [](const StudyRow& a, const StudyRow& b) {
    if (!is_number(a.best_val_loss) || !is_number(b.best_val_loss))
      return is_number(a.best_val_loss) && !is_number(b.best_val_loss);
    return *a.best_val_loss < *b.best_val_loss;
  });
  Json list = Json::array();
  for (const StudyRow& row : rows) {
    const auto metric = [&](auto pick) {
      return row.metrics ? std::optional<double>(pick(*row.metrics)) : std::nullopt;
    };
    Json object = Json::object();
    object["arm"] = row.arm;
    object["arch"] = row.architecture;
    put(object, "best_val_loss", row.best_val_loss);
    put(object, "phase_ssim", metric([](const ReconMetrics& m) { return m.ssim.phase; }));
    put(object, "final_val_loss", row.final_val_loss);
    put(object, "amp_ssim", metric([](const ReconMetrics& m) { return m.ssim.amplitude; }));
    put(object, "amp_mae", metric([](const ReconMetrics& m) { return m.mae.amplitude; }));
    object["collapsed"] = is_collapsed(row.verdict);
    object["learned"] = row.learned ? Json(*row.learned) : Json(nullptr);
    object["label"] = row.verdict.label();
    object["rule"] = rule_name(row.verdict.rule);
    object["seed"] = row.seed;
    object["git_commit"] = row.git_commit;
    object["data_sha256"] = row.data_sha256;
    list.push_back(std::move(object));
  }
  return list;
}

bool CrashHuntRow::crashed() const {
  if (out_of_memory || !is_number(final_val_loss) || !is_number(amp_ssim)) return true;
  return *amp_ssim < 0.5 || *final_val_loss > 0.15;
}

Json crash_hunt_json(std::span<const CrashHuntRow> rows) {
  Json runs = Json::array();
  for (const CrashHuntRow& row : rows) {
    Json object = Json::object();
    object["depth"] = row.depth;
    object["seed"] = row.seed;
    put(object, "best_val_loss", row.best_val_loss);
    put(object, "final_val_loss", row.final_val_loss);
    put(object, "amp_ssim", row.amp_ssim);
    object["crashed"] = row.crashed();
    runs.push_back(std::move(object));
  }
  return Json{{"runs", runs}};
}

}  // namespace fno::ptychography
