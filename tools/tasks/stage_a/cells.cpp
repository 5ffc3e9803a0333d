#include "tools/tasks/stage_a/cells.h"

#include <algorithm>
#include <cmath>

#include "framework/error.h"
#include "tools/report/text.h"

namespace fno::stage_a {
namespace {

constexpr std::size_t kInformative = 2, kCrossed = 3;

const std::vector<std::pair<std::string, Changes>>& clips() {
  static const std::vector<std::pair<std::string, Changes>> all{
      {"noclip", {{"optim.grad_clip", "0"}}},
      {"clip1", {{"optim.grad_clip", "1"}, {"optim.gradient_clip_algorithm", "norm"}}}};
  return all;
}

const std::vector<std::pair<std::string, Changes>>& gains() {
  static const std::vector<std::pair<std::string, Changes>> all{
      {"batch", {{"train.probe_gain", "batch"}, {"train.short_last_batch", "keep"}}},
      {"fixed", {{"train.probe_gain", "fixed:16"}, {"train.short_last_batch", "drop"}}}};
  return all;
}

bool stable(const Cell& cell) { return cell.architecture == "stable_hybrid"; }

}  // namespace

std::vector<Cell> cells_of(const std::vector<std::string>& architectures) {
  std::vector<Cell> cells;
  for (const std::string& architecture : architectures)
    for (const auto& [clip, clip_settings] : clips())
      for (const auto& [gain, gain_settings] : gains()) {
        Cell cell{.name = architecture + "-" + clip + "-" + gain, .architecture = architecture, .settings = {}};
        cell.settings = clip_settings;
        cell.settings.insert(cell.settings.end(), gain_settings.begin(), gain_settings.end());
        if (stable(cell)) {
          cell.settings.emplace_back("model.stable_form", "layerscale");
          cell.settings.emplace_back("model.layerscale_init", "1e-3");
        }
        cells.push_back(std::move(cell));
      }
  return cells;
}

Cell cell_named(const StudyProfile& profile, const std::string& name) {
  for (const Cell& cell : cells_of(ptychography::architectures_of(profile.options)))
    if (cell.name == name) return cell;
  fail(ErrorKind::config, "found the cell ", name, ", accepted: a cell of this study");
}

std::vector<Change> changes_for(const Cell& cell, double base_rate) {
  const Changes cosine{
      {"optim.scheduler", "WarmupCosine"}, {"optim.lr_warmup_epochs", "5"}, {"optim.lr_min_ratio", "0.05"}};
  Changes frozen = cosine;
  frozen.emplace_back("optim.schedule_mode", "frozen_first_value");
  std::vector<Change> changes{{"WarmupCosine", "schedule", cosine},
                              {"WarmupCosine-frozen", "schedule", frozen},
                              {"Exponential", "schedule", {{"optim.scheduler", "Exponential"}}}};
  for (const char* rate : {"1e-3", "3e-3", "1e-2", "2e-2"})
    if (std::abs(std::stod(rate) - base_rate) > 1e-6 * base_rate)
      changes.push_back({std::string("rate-") + rate, "rate", {{"optim.learning_rate", rate}}});
  if (stable(cell)) {
    changes.push_back({"layerscale-0.1", "form", {{"model.layerscale_init", "0.1"}}});
    changes.push_back({"zero_gamma", "form", {{"model.stable_form", "zero_gamma"}}});
  }
  return changes;
}

std::vector<RunPlan> plan_cells(const StudyProfile& profile) {
  std::vector<RunPlan> plans;
  for (const std::int64_t seed : profile.seeds)
    for (const Cell& cell : cells_of(ptychography::architectures_of(profile.options)))
      plans.push_back({.part = "cells", .cell = cell, .weight_seed = seed, .loader_seed = seed});
  return plans;
}

CellCount count_cell(const std::vector<RunRow>& rows, const std::string& cell, const std::vector<std::int64_t>& seeds) {
  CellCount count;
  for (const RunRow& row : rows) {
    if (row.key.cell != cell || !row.key.change.empty() || row.is_void()) continue;
    if (row.key.weight_seed != row.key.loader_seed) continue;
    if (std::ranges::find(seeds, row.key.weight_seed) == seeds.end()) continue;
    ++count.runs;
    if (row.collapsed()) ++count.collapsed;
    if (row.out_of_memory()) ++count.out_of_memory;
  }
  return count;
}

std::vector<Cell> most_informative(const StudyProfile& profile, const std::vector<RunRow>& rows) {
  std::vector<Cell> cells = cells_of(ptychography::architectures_of(profile.options));
  const auto distance = [&](const Cell& c) { return std::abs(count_cell(rows, c.name, profile.seeds).rate() - 0.5); };
  std::ranges::stable_sort(cells, {}, distance);
  cells.resize(std::min(cells.size(), kInformative));
  return cells;
}

Cell worst_cell(const StudyProfile& profile, const std::vector<RunRow>& rows) {
  std::vector<Cell> cells = cells_of(ptychography::architectures_of(profile.options));
  std::ranges::stable_sort(cells, std::greater{},
                           [&](const Cell& c) { return count_cell(rows, c.name, profile.seeds).rate(); });
  return cells.front();
}

std::vector<RunPlan> plan_factors(const StudyProfile& profile, const std::vector<RunRow>& rows) {
  const auto seeds = static_cast<int>(profile.seeds.size());
  for (const Cell& cell : cells_of(ptychography::architectures_of(profile.options)))
    if (count_cell(rows, cell.name, profile.seeds).runs < seeds) return {};
  std::vector<RunPlan> plans;
  const std::vector<Cell> informative = most_informative(profile, rows);
  for (const std::int64_t seed : profile.seeds)
    for (const Cell& cell : informative)
      for (const Change& change : changes_for(cell, profile.rate))
        plans.push_back({.part = "factors", .cell = cell, .change = change, .weight_seed = seed, .loader_seed = seed});
  const Cell worst = worst_cell(profile, rows);
  const std::size_t crossed = std::min(profile.seeds.size(), kCrossed);
  for (std::size_t w = 0; w < crossed; ++w)
    for (std::size_t o = 0; o < crossed; ++o)
      if (w != o)
        plans.push_back(
            {.part = "order", .cell = worst, .weight_seed = profile.seeds[w], .loader_seed = profile.seeds[o]});
  return plans;
}

}  // namespace fno::stage_a
