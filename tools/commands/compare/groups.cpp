#include "tools/commands/compare/groups.h"

#include <algorithm>
#include <set>

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

void fill_medians(Group& group) {
  std::vector<double> best, last, ssim, mae, phase;
  for (const RunRecord* run : group.runs) {
    if (ran_out_of_memory(*run)) continue;
    ++group.lost.n;
    group.lost.k += is_lost(*run) ? 1 : 0;
    if (is_lost(*run)) continue;
    if (const auto v = best_val_loss(*run)) best.push_back(*v);
    if (const auto v = final_val_loss(*run)) last.push_back(*v);
    if (!run->last) continue;
    ssim.push_back(run->last->ssim.amplitude);
    mae.push_back(run->last->mae.amplitude);
    phase.push_back(run->last->ssim.phase);
  }
  group.best_loss = median(best);
  group.final_loss = median(last);
  group.amplitude_ssim = median(ssim);
  group.amplitude_mae = median(mae);
  group.phase_ssim = median(phase);
}

}  // namespace

bool changes_no_number(const std::string& key) {
  static const std::set<std::string> keys{
      "run.data",  "run.test_data", "run.validation_data", "run.output_dir",      "run.threads",
      "run.quiet", "run.json",      "run.verbose",         "train.log_grad_norm", "train.grad_norm_log_freq"};
  return keys.contains(key);
}

std::vector<report::Fact> shared_settings(const RunRecord& run) {
  std::vector<report::Fact> list;
  for (const auto& row : settings::setting_rows(run.settings.run.task)) {
    if (!row.stored || changes_no_number(row.key)) continue;
    const settings::Value value = row.get(run.settings);
    list.push_back(
        {row.key, std::holds_alternative<std::monostate>(value) ? report::kNoValue : settings::to_text(value)});
  }
  return list;
}

std::vector<Group> groups_of(const std::vector<RunRecord>& runs) {
  std::vector<Group> groups;
  std::vector<std::string> variants;
  for (const RunRecord& run : runs) {
    const std::string variant = variant_of(run);
    const auto found = std::ranges::find(variants, variant);
    if (found == variants.end()) {
      variants.push_back(variant);
      groups.push_back(Group{.name = run.architecture()});
      groups.back().runs.push_back(&run);
    } else {
      groups[static_cast<std::size_t>(found - variants.begin())].runs.push_back(&run);
    }
  }
  // An architecture with several settings: its groups are called by their first runs.
  for (Group& group : groups) {
    const std::string architecture = group.runs.front()->architecture();
    const auto of_it = [&](const Group& g) { return g.runs.front()->architecture() == architecture; };
    if (std::ranges::count_if(groups, of_it) > 1) group.name = group.runs.front()->label;
    fill_medians(group);
  }
  return groups;
}

bool has_several_seeds(const std::vector<RunRecord>& runs) { return groups_of(runs).size() < runs.size(); }

}  // namespace fno::compare
