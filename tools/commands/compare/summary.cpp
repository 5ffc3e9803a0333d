#include "tools/commands/compare/summary.h"

#include <algorithm>

#include "tools/report/text.h"
#include "tools/training/progress.h"

namespace fno::compare {
namespace {

using report::kNoValue;
using report::number_or_dash;
using report::Table;

std::optional<std::int64_t> parameters_of(const RunRecord& run) {
  const training::Json counts = run.manifest.value("parameters", training::Json::object());
  const training::Json once = counts.value("complex_once", training::Json());
  return once.is_number_integer() ? std::optional(once.get<std::int64_t>()) : std::nullopt;
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

Table arms_table(const Comparison& c) {
  Table table{.title = "Arms",
              .header = {"arm", "seed", "blocks", "parameters", "epochs", "best val_loss", "in epoch", "final val_loss",
                         "outcome", "time"}};
  for (const RunRecord& run : c.runs) {
    const auto parameters = parameters_of(run);
    table.rows.push_back({run.label, std::to_string(run.settings.run.seed), std::to_string(run.settings.model.blocks),
                          parameters ? std::to_string(*parameters) : kNoValue, std::to_string(run.history.size()),
                          number_or_dash(run.best_val_loss()),
                          run.best_epoch ? std::to_string(*run.best_epoch + 1) : kNoValue,
                          number_or_dash(run.final_val_loss()), run.outcome, training::duration_text(run.seconds())});
  }
  return table;
}

Table scores_table(const Comparison& c) {
  Table table{.title = "Scores on the test data", .header = {"arm", "weights"}};
  for (const auto& column : c.task.columns) table.header.push_back(column.name);
  const auto add = [&](const std::string& arm, const std::string& weights, training::ScoreValues values) {
    values.resize(c.task.columns.size());
    std::vector<std::string> row{arm, weights};
    for (const auto& value : values) row.push_back(number_or_dash(value));
    table.rows.push_back(std::move(row));
  };
  for (std::size_t i = 0; i < c.task.last.size(); ++i) {
    add(c.runs[i].label, "last", c.task.last[i]);
    add(c.runs[i].label, "best", c.task.best[i]);
  }
  for (const auto& [name, values] : c.task.trivial) add(name, kNoValue, values);
  return table;
}

Table seeds_table(const Comparison& c) {
  Table table{.title = "Seeds"};
  if (!has_several_seeds(c)) return table;
  table.header = {"arm", "lost", "95 % interval", "median best val_loss", "median final val_loss"};
  for (const auto& column : c.task.columns)
    if (column.in_medians) table.header.push_back("median " + column.name);
  for (const Group& g : groups_of(c)) {
    std::vector<std::string> row{g.name, g.lost.count(), g.lost.interval(), number_or_dash(g.best_loss),
                                 number_or_dash(g.final_loss)};
    for (std::size_t k = 0; k < g.scores.size(); ++k)
      if (c.task.columns[k].in_medians) row.push_back(number_or_dash(g.scores[k]));
    table.rows.push_back(std::move(row));
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
