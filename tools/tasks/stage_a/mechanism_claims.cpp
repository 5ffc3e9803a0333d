#include "tools/tasks/stage_a/mechanism_claims.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <set>

#include "tools/files/npz.h"
#include "tools/report/text.h"

namespace fno::stage_a {
namespace {

using training::Json;

constexpr double kLearned = 0.1;

RunKey key_of(const Json& run) {
  return {run.at("cell"), run.at("change"), run.at("weight_seed"), run.at("loader_seed")};
}

// How a replay ended, in the order of the table's columns.
enum Ending { unbroken, recovered, high, flat };

Ending ending_of(const Json& replay) {
  if (replay.at("survived") == true) return unbroken;
  if (replay.at("flat") == true) return flat;
  return !replay.at("val_loss").is_null() && replay.at("val_loss").get<double>() < kLearned ? recovered : high;
}

report::Table replay_table(const std::vector<Json>& examined) {
  report::Table table{.header = {"run (seed 20260128)", "without a change", "broke no rule with",
                                 "broke one, ended below 0.1, with", "ended above, not flat, with", "flat with"}};
  for (const Json& run : examined) {
    std::vector<std::string> line(table.header.size());
    line[0] = run.at("cell");
    for (const Json& r : run.at("replays")) {
      const Ending ending = ending_of(r);
      if (r.at("change") == "none") {
        line[1] = ending == flat ? "flat" : ending == high ? "high" : "below 0.1";
        continue;
      }
      std::string& list = line[2 + static_cast<std::size_t>(ending)];
      list += (list.empty() ? "" : ", ") + r.at("change").get<std::string>();
    }
    std::ranges::replace(line, std::string(), std::string(report::kNoValue));
    table.rows.push_back(line);
  }
  return table;
}

struct Scale {
  std::string map;
  double first = 0, last = 0;
};

// All digits of the maps into a GELU at the end: equal for one and the same network.
std::string scales_at_end(const Json& run) {
  std::string all;
  for (const Json& map : run.at("end").at("maps"))
    if (map.at("pre_gelu") == true) all += map.at("std").dump() + " ";
  return all;
}

// σ of the maps into a GELU at step 0 and at the last probe.
std::vector<Scale> scales_of(const Json& run, const std::string& folder) {
  std::vector<Scale> scales;
  const std::filesystem::path path =
      std::filesystem::path(folder) / "mechanism" / (report::file_stem(text_of(key_of(run))) + ".npz");
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return scales;
  const std::vector<float> std_of = NpzReader(path.string()).read("map_std").to_floats(path.string());
  for (const Json& map : run.at("end").at("maps"))
    if (map.at("pre_gelu") == true) scales.push_back({.map = map.at("map")});
  for (std::size_t i = 0; i < scales.size(); ++i) {
    scales[i].first = std_of[i];
    scales[i].last = std_of[std_of.size() - scales.size() + i];
  }
  return scales;
}

report::Table scale_table(const std::vector<const Json*>& runs, const std::string& folder) {
  report::Table table{.header = {"σ of the map into a GELU, start → end"}};
  std::vector<std::vector<Scale>> all;
  for (const Json* run : runs) {
    table.header.push_back(run->at("cell"));
    all.push_back(scales_of(*run, folder));
  }
  for (std::size_t i = 0; !all.empty() && i < all.front().size(); ++i) {
    std::vector<std::string>& line = table.rows.emplace_back(std::vector<std::string>{all.front()[i].map});
    for (const std::vector<Scale>& s : all) line.push_back(fmt::format("{:.2g} → {:.2g}", s[i].first, s[i].last));
  }
  return table;
}

}  // namespace

Claims mechanism_claims(const StudyFiles& files) {
  Claims claims;
  if (files.examined.empty()) return claims;
  claims["table.replays"] = table_text(replay_table(files.examined));
  // Runs that ended as one and the same network are examined once.
  std::set<std::string> ends;
  std::vector<const Json*> distinct;
  int hybrids = 0, control_networks = 0;
  for (const Json& run : files.examined) {
    const bool control = run.at("cell").get<std::string>().starts_with("hybrid");
    hybrids += control ? 1 : 0;
    if (!ends.insert(scales_at_end(run)).second) continue;
    distinct.push_back(&run);
    control_networks += control ? 1 : 0;
    if (control && !run.at("deaths").empty()) {
      claims["mechanism.hybrid.step"] = std::to_string(run.at("deaths").front().at("step").get<int>());
      claims["mechanism.hybrid.map"] = run.at("deaths").front().at("map");
      claims["mechanism.hybrid.gradient"] = fmt::format("{:.0e}", run.at("end").at("input_gradient").get<double>());
    }
  }
  claims["mechanism.hybrid.runs"] = std::to_string(hybrids);
  claims["mechanism.hybrid.networks"] = std::to_string(control_networks);
  claims["table.scales"] = table_text(scale_table(distinct, files.folder));
  double least = 0, most = 0;
  for (const Json* run : distinct) {
    if (!run->at("cell").get<std::string>().starts_with("stable")) continue;
    for (const Scale& s : scales_of(*run, files.folder))
      if (s.map == "encoder_blocks.3.pre_gelu" || s.map == "bottleneck.pre_gelu") {
        const double factor = s.last / s.first;
        least = least == 0 ? factor : std::min(least, factor);
        most = std::max(most, factor);
      }
  }
  claims["mechanism.stable.growth"] = fmt::format("{:.0f} to {:.0f}", least, most);
  return claims;
}

}  // namespace fno::stage_a
