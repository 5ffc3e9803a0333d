#include "tools/commands/compare/groups.h"

#include <algorithm>

#include "tools/report/text.h"
#include "tools/settings/setting_table.h"

namespace fno::compare {
namespace {

using report::median;

// All that decides a run but the seed of its weights.
std::string variant_of(const RunRecord& run) {
  std::string text;
  for (const report::Fact& fact : shared_settings(run))
    if (fact.key != "run.seed") text += fact.key + "=" + fact.value + ";";
  return text;
}

void fill_medians(Group& group, const Comparison& c) {
  std::vector<double> best, last;
  std::vector<std::vector<double>> scores(c.task.columns.size());
  for (const std::size_t i : group.runs) {
    const RunRecord& run = c.runs[i];
    if (run.out_of_memory()) continue;
    ++group.lost.n;
    group.lost.k += run.lost() ? 1 : 0;
    if (run.lost()) continue;
    if (const auto v = run.best_val_loss()) best.push_back(*v);
    if (const auto v = run.final_val_loss()) last.push_back(*v);
    for (std::size_t k = 0; i < c.task.last.size() && k < c.task.last[i].size(); ++k)
      if (const auto v = c.task.last[i][k]) scores[k].push_back(*v);
  }
  group.best_loss = median(best);
  group.final_loss = median(last);
  for (const std::vector<double>& values : scores) group.scores.push_back(median(values));
}

}  // namespace

std::vector<report::Fact> shared_settings(const RunRecord& run) {
  std::vector<report::Fact> list;
  for (const auto& row : settings::setting_rows(run.settings.run.task)) {
    if (!row.stored || row.changes_no_number) continue;
    const settings::Value value = row.get(run.settings);
    list.push_back(
        {row.key, std::holds_alternative<std::monostate>(value) ? report::kNoValue : settings::to_text(value)});
  }
  return list;
}

std::vector<Group> groups_of(const Comparison& c) {
  std::vector<Group> groups;
  std::vector<std::string> variants;
  for (std::size_t i = 0; i < c.runs.size(); ++i) {
    const std::string variant = variant_of(c.runs[i]);
    const auto place = static_cast<std::size_t>(std::ranges::find(variants, variant) - variants.begin());
    if (place == variants.size()) {
      variants.push_back(variant);
      groups.push_back({.name = c.runs[i].architecture()});
    }
    groups[place].runs.push_back(i);
  }
  // An architecture with several settings: its groups are called by their first runs.
  for (Group& group : groups) {
    const RunRecord& first = c.runs[group.runs.front()];
    const auto of_it = [&](const Group& g) { return c.runs[g.runs.front()].architecture() == first.architecture(); };
    if (std::ranges::count_if(groups, of_it) > 1) group.name = first.label;
    fill_medians(group, c);
  }
  return groups;
}

bool has_several_seeds(const Comparison& c) { return groups_of(c).size() < c.runs.size(); }

}  // namespace fno::compare
