#include "tools/tasks/stage_a/full_results.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>
#include <limits>
#include <nlohmann/json.hpp>

#include "framework/error.h"
#include "tools/report/text.h"
#include "tools/tasks/stage_a/full_design.h"
#include "tools/training/run_directory.h"

namespace fno::stage_a {
namespace {

using report::Rate;

std::string text(const std::optional<double>& value, int digits) {
  return value ? fmt::format("{:.{}f}", *value, digits) : report::kNoValue;
}

std::optional<double> median_of(const FullArm& arm, std::optional<double> RunRow::*member) {
  std::vector<double> values;
  for (const RunRow* row : arm.rows)
    if (row->*member) values.push_back(*(row->*member));
  return report::median(values);
}

// Best val_loss, amplitude SSIM, amplitude MAE, as published; nothing was published of the other arms.
std::string published(const std::string& arm) {
  if (arm == "control-whole") return ".0138 / .925 / .063";
  if (arm == "constant-1e-3" || arm == "constant-1e-3-whole") return ".0237 / .277 / .513, flat";
  if (arm == "plan" || arm == "plan-whole") return ".024 / .277 / .513, flat; never stepped";
  return report::kNoValue;
}

std::string epochs_of(const FullArm& arm) {
  int most = 0;
  for (const RunRow* row : arm.rows) most = std::max(most, row->last_epoch);
  return most == 0 ? report::kNoValue : std::to_string(most);
}

report::Table arm_table(const std::vector<FullArm>& arms) {
  report::Table table{.title = "Arms of full size",
                      .header = {"arm", "epochs", "seeds", "flat", "95 %", "lost", "best val_loss", "SSIM", "MAE",
                                 "published: val_loss / SSIM / MAE"}};
  for (const FullArm& arm : arms)
    table.rows.push_back({arm.name, epochs_of(arm), std::to_string(arm.flat.n), arm.flat.count(), arm.flat.interval(),
                          arm.lost.count(), text(median_of(arm, &RunRow::best_val_loss), 4),
                          text(median_of(arm, &RunRow::ssim_last), 3), text(median_of(arm, &RunRow::mae_last), 3),
                          published(arm.name)});
  return table;
}

report::Table comparison_table(const std::vector<Comparison>& all) {
  report::Table table{.title = "Primary comparisons",
                      .header = {"", "constant, flat", "plan, flat", "difference, 95 %", "Fisher p", "Holm",
                                 "pairs: constant alone, plan alone", "McNemar p"}};
  for (const Comparison& c : all)
    table.rows.push_back({c.name, c.constant.count(), c.plan.count(), report::difference_text(c.constant, c.plan),
                          fmt::format("{:.2g}", c.fisher), fmt::format("{:.2g}", c.holm),
                          fmt::format("{}, {}", c.only_constant, c.only_plan),
                          fmt::format("{:.2g}", report::mcnemar_exact(c.only_constant, c.only_plan))});
  return table;
}

const FullArm& arm_named(const std::vector<FullArm>& arms, const std::string& name) {
  return *std::ranges::find(arms, name, &FullArm::name);
}

report::Table growth_table(const StudyFiles& files, const std::vector<FullArm>& arms) {
  report::Table table{.title = "Growth of the layers",
                      .header = {"arm", "runs", "greatest slope of ln σ against ln t: median, range", "its map",
                                 "factor from step 8,620 to 43,100"}};
  constexpr double kLonger = 5;
  for (const FullArm& arm : arms) {
    std::vector<double> slopes;
    std::map<std::string, int> maps;
    for (const RunRow* row : arm.rows)
      if (const auto growth = greatest_growth(read_layer_curves(layers_path(files.folder, *row)))) {
        slopes.push_back(growth->slope);
        ++maps[growth->map];
      }
    if (slopes.empty()) continue;
    const auto most = std::ranges::max_element(maps, {}, [](const auto& m) { return m.second; });
    const double median = *report::median(slopes);
    table.rows.push_back({arm.name, std::to_string(slopes.size()),
                          fmt::format("{:.2f}, {:.2f} to {:.2f}", median, *std::ranges::min_element(slopes),
                                      *std::ranges::max_element(slopes)),
                          most->first, fmt::format("{:.1f}", std::pow(kLonger, median))});
  }
  return table;
}

}  // namespace

bool flat_or_nan(const RunRow& row) { return row.dead() || row.label == "nan"; }

std::vector<FullArm> full_results(const std::vector<RunRow>& rows) {
  std::vector<FullArm> arms;
  for (const std::string& name : full_arms()) {
    FullArm& arm = arms.emplace_back(FullArm{.name = name});
    for (const RunRow& row : rows) {
      if (row.key.change != name || row.is_void() || row.out_of_memory()) continue;
      arm.rows.push_back(&row);
      ++arm.flat.n, ++arm.lost.n;
      arm.flat.k += flat_or_nan(row) ? 1 : 0;
      arm.lost.k += row.collapsed() ? 1 : 0;
    }
  }
  return arms;
}

std::vector<Comparison> primary_comparisons(const std::vector<FullArm>& arms) {
  const FullArm& plan = arm_named(arms, "plan");
  std::vector<Comparison> all;
  std::vector<double> p;
  for (const auto& [name, constant] :
       {std::pair{"P1: constant 1e-3", "constant-1e-3"}, std::pair{"P2: constant 5e-4", "constant-5e-4"}}) {
    const FullArm& other = arm_named(arms, constant);
    Comparison c{.name = name, .constant = other.flat, .plan = plan.flat};
    c.fisher = report::fisher_exact(other.flat, plan.flat);
    for (const RunRow* a : other.rows)
      for (const RunRow* b : plan.rows)
        if (a->key.weight_seed == b->key.weight_seed) {
          c.only_constant += flat_or_nan(*a) && !flat_or_nan(*b) ? 1 : 0;
          c.only_plan += !flat_or_nan(*a) && flat_or_nan(*b) ? 1 : 0;
        }
    p.push_back(c.fisher);
    all.push_back(c);
  }
  const std::vector<double> adjusted = report::holm(p);
  for (std::size_t i = 0; i < all.size(); ++i) all[i].holm = adjusted[i];
  return all;
}

std::string layers_path(const std::string& study, const RunRow& row) {
  return (std::filesystem::path(study) / "full" / row.key.change / std::to_string(row.key.weight_seed) / "layers.jsonl")
      .string();
}

std::vector<LayerCurve> read_layer_curves(const std::string& path) {
  std::vector<LayerCurve> curves;
  for (const std::string& text : training::first_lines(path, std::numeric_limits<std::int64_t>::max())) try {
      const training::Json line = training::Json::parse(text);
      for (const auto& [name, map] : line.at("maps").items()) {
        if (!MapState{.name = name}.pre_gelu()) continue;
        auto found = std::ranges::find(curves, name, &LayerCurve::map);
        if (found == curves.end())
          found = curves.insert(curves.end(), LayerCurve{.map = name, .steps = {}, .sigma = {}});
        if (map.at("std").is_null()) continue;
        found->steps.push_back(line.at("step"));
        found->sigma.push_back(map.at("std"));
      }
    } catch (const training::Json::exception& e) {
      fail(ErrorKind::data, path, ": found a line that fno study did not write, accepted: its own lines (", e.what(),
           ")");
    }
  return curves;
}

std::optional<Growth> greatest_growth(const std::vector<LayerCurve>& curves) {
  constexpr double kFirst = 64;
  constexpr std::size_t kFewest = 3;
  std::optional<Growth> greatest;
  for (const LayerCurve& curve : curves) {
    std::vector<double> x, y;
    for (std::size_t i = 0; i < curve.steps.size(); ++i)
      if (curve.steps[i] >= kFirst && std::has_single_bit(static_cast<std::uint64_t>(curve.steps[i])) &&
          curve.sigma[i] > 0) {
        x.push_back(std::log(curve.steps[i]));
        y.push_back(std::log(curve.sigma[i]));
      }
    if (x.size() < kFewest) continue;
    const auto slope = report::slope(x, y);
    if (slope && (!greatest || *slope > greatest->slope)) greatest = Growth{curve.map, *slope};
  }
  return greatest;
}

std::vector<report::Table> full_tables(const StudyFiles& files) {
  const std::vector<FullArm> arms = full_results(files.full);
  return {arm_table(arms), comparison_table(primary_comparisons(arms)), growth_table(files, arms)};
}

Claims full_claims(const StudyFiles& files) {
  Claims claims;
  const std::vector<FullArm> arms = full_results(files.full);
  int rows = 0;
  for (const FullArm& arm : arms) {
    const std::string name = "full." + arm.name;
    rows += arm.flat.n;
    claims[name + ".flat"] = arm.flat.count();
    claims[name + ".flat.interval"] = arm.flat.interval();
    claims[name + ".lost"] = arm.lost.count();
    claims[name + ".val"] = text(median_of(arm, &RunRow::best_val_loss), 4);
    claims[name + ".ssim"] = text(median_of(arm, &RunRow::ssim_last), 3);
    claims[name + ".mae"] = text(median_of(arm, &RunRow::mae_last), 3);
  }
  claims["full.rows"] = std::to_string(rows);
  const std::vector<Comparison> comparisons = primary_comparisons(arms);
  for (std::size_t i = 0; i < comparisons.size(); ++i) {
    const Comparison& c = comparisons[i];
    const std::string name = fmt::format("full.P{}", i + 1);
    claims[name + ".difference"] = report::difference_text(c.constant, c.plan);
    claims[name + ".fisher"] = fmt::format("{:.2g}", c.fisher);
    claims[name + ".holm"] = fmt::format("{:.2g}", c.holm);
  }
  const std::vector<report::Table> tables = full_tables(files);
  const char* const names[] = {"table.full", "table.full.comparisons", "table.full.growth"};
  for (std::size_t i = 0; i < tables.size(); ++i)
    claims[names[i]] = tables[i].rows.empty() ? "None yet." : table_text(tables[i]);
  return claims;
}

}  // namespace fno::stage_a
