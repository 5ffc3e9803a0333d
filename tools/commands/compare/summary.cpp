#include "tools/commands/compare/summary.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include "tools/commands/compare/groups.h"
#include "tools/report/text.h"
#include "tools/training/progress.h"

namespace fno::compare {
namespace {

using ptychography::ReconMetrics;
using report::format_number;
using report::kNoValue;
using report::number_or_dash;
using report::Table;

std::optional<std::int64_t> parameters_of(const RunRecord& run) {
  const training::Json counts = run.manifest.value("parameters", training::Json::object());
  const training::Json once = counts.value("complex_once", training::Json());
  return once.is_number_integer() ? std::optional(once.get<std::int64_t>()) : std::nullopt;
}

// Epoch of the least validation loss, from 1.
std::string best_epoch_text(const RunRecord& run) {
  return run.best_epoch ? std::to_string(*run.best_epoch + 1) : kNoValue;
}

std::vector<std::string> score_cells(const ReconMetrics& m) {
  const double values[] = {m.ssim.amplitude,    m.mae.amplitude, m.psnr.amplitude, m.frc50.amplitude,
                           m.ms_ssim.amplitude, m.ssim.phase,    m.mae.phase};
  std::vector<std::string> cells;
  for (const double v : values) cells.push_back(format_number(v));
  return cells;
}

void add_operator_rows(Table& table, const RunRecord& run) {
  for (const char* weights : {"last", "best"}) {
    const training::Json m = run.metrics.value(weights, training::Json());
    const training::Json test = m.is_object() ? m.value("test", training::Json()) : training::Json();
    std::vector<std::string> row{run.label, weights};
    for (const char* key : {"relative_l2", "relative_h1"}) {
      const training::Json value = test.is_object() ? test.value(key, training::Json()) : training::Json();
      row.push_back(value.is_number() ? format_number(value.get<double>()) : kNoValue);
    }
    table.rows.push_back(row);
  }
}

// Keys of the first run; all runs of a comparison have one task.
std::vector<std::vector<std::string>> setting_columns(const std::vector<RunRecord>& runs) {
  std::vector<std::vector<std::string>> rows;
  for (const report::Fact& fact : shared_settings(runs.front())) rows.push_back({fact.key});
  for (const RunRecord& run : runs) {
    const auto list = shared_settings(run);
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i].push_back(list.at(i).value);
  }
  return rows;
}

bool is_common(const std::vector<std::string>& row) {
  return std::all_of(row.begin() + 2, row.end(), [&](const std::string& text) { return text == row[1]; });
}

}  // namespace

Table arms_table(const std::vector<RunRecord>& runs) {
  Table table{.title = "Arms",
              .header = {"arm", "seed", "blocks", "parameters", "epochs", "best val_loss", "in epoch", "final val_loss",
                         "outcome", "time"}};
  for (const RunRecord& run : runs) {
    const auto parameters = parameters_of(run);
    table.rows.push_back({run.label, std::to_string(run.settings.run.seed),
                          std::to_string(run.settings.model.fno_blocks),
                          parameters ? std::to_string(*parameters) : kNoValue, std::to_string(run.history.size()),
                          number_or_dash(best_val_loss(run)), best_epoch_text(run), number_or_dash(final_val_loss(run)),
                          outcome_of(run), training::duration_text(seconds_of(run))});
  }
  return table;
}

Table scores_table(const std::vector<RunRecord>& runs, const std::optional<ReconMetrics>& constant) {
  Table table{.title = "Scores on the test data", .header = {"arm", "weights"}};
  if (!runs.front().is_ptychography()) {
    table.header.insert(table.header.end(), {"relative L2", "relative H1"});
    for (const RunRecord& run : runs) add_operator_rows(table, run);
    return table;
  }
  const std::vector<std::string> names{"amplitude SSIM", "MAE", "PSNR", "FRC50", "MS-SSIM", "phase SSIM", "phase MAE"};
  table.header.insert(table.header.end(), names.begin(), names.end());
  const auto add = [&](const std::string& arm, const std::string& weights, const std::vector<std::string>& cells) {
    std::vector<std::string> row{arm, weights};
    row.insert(row.end(), cells.begin(), cells.end());
    table.rows.push_back(row);
  };
  const std::vector<std::string> none(names.size(), kNoValue);
  for (const RunRecord& run : runs) {
    add(run.label, "last", run.last ? score_cells(*run.last) : none);
    add(run.label, "best", run.best ? score_cells(*run.best) : none);
  }
  if (constant) {
    constexpr std::size_t kAmplitudes = 5;
    std::vector<std::string> amplitude = score_cells(*constant), phase = amplitude;
    for (std::size_t i = 0; i < names.size(); ++i) (i < kAmplitudes ? phase : amplitude)[i] = kNoValue;
    add("constant object", kNoValue, amplitude);
    add("zero phase", kNoValue, phase);
  }
  return table;
}

Table seeds_table(const std::vector<RunRecord>& runs) {
  Table table{.title = "Seeds"};
  if (!has_several_seeds(runs)) return table;
  table.header = {"arm", "lost", "95 % interval", "median best val_loss", "median final val_loss"};
  const bool images = runs.front().is_ptychography();
  if (images) table.header.insert(table.header.end(), {"median amplitude SSIM", "median MAE", "median phase SSIM"});
  for (const Group& g : groups_of(runs)) {
    std::vector<std::string> row{g.name, g.lost.count(), g.lost.interval(), number_or_dash(g.best_loss),
                                 number_or_dash(g.final_loss)};
    if (images)
      row.insert(row.end(),
                 {number_or_dash(g.amplitude_ssim), number_or_dash(g.amplitude_mae), number_or_dash(g.phase_ssim)});
    table.rows.push_back(row);
  }
  return table;
}

Table differences_table(const std::vector<RunRecord>& runs) {
  Table table{.title = "Settings that differ", .header = {"setting"}};
  for (const RunRecord& run : runs) table.header.push_back(run.label);
  for (std::vector<std::string>& row : setting_columns(runs))
    if (!is_common(row)) table.rows.push_back(std::move(row));
  return table;
}

std::vector<report::Fact> common_settings(const std::vector<RunRecord>& runs) {
  std::vector<report::Fact> facts;
  for (const std::vector<std::string>& row : setting_columns(runs))
    if (is_common(row)) facts.push_back({row[0], row[1]});
  return facts;
}

}  // namespace fno::compare
