#include "tools/tasks/stage_a/remedy.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "framework/error.h"
#include "tools/files/json_file.h"
#include "tools/tasks/stage_a/mechanism.h"

namespace fno::stage_a {
namespace {

using training::Json;

int survivals(const std::vector<Json>& examined, const std::string& cell, const std::string& change) {
  int count = 0;
  for (const Json& run : examined) {
    if ((!cell.empty() && run.at("cell") != cell) || !run.contains("replays")) continue;
    for (const Json& replay : run.at("replays"))
      count += replay.at("change") == change && replay.at("survived") == true ? 1 : 0;
  }
  return count;
}

}  // namespace

const std::vector<std::int64_t>& held_out_seeds() {
  static const std::vector<std::int64_t> seeds{20260140, 20260141, 20260142, 20260143, 20260144,
                                               20260145, 20260146, 20260147, 20260148, 20260149};
  return seeds;
}

Remedies derive_remedies(const StudyProfile& profile, const std::vector<RunRow>& rows,
                         const std::vector<Json>& examined) {
  const Cell worst = worst_cell(profile, rows);
  Remedies remedies{.cell = worst.name, .changes = {}};
  const bool of_worst = std::ranges::any_of(examined, [&](const Json& run) { return run.at("cell") == worst.name; });
  const settings::Settings settings = settings_of(profile, {.part = "remedy", .cell = worst});
  int most = 0;
  for (const ReplayChange& change : replay_changes(settings)) {
    if (change.settings.empty()) continue;
    const int count = survivals(examined, of_worst ? worst.name : "", change.name);
    if (count <= most) continue;
    most = count;
    remedies.changes = {{.name = change.name, .factor = "remedy", .settings = change.settings}};
  }
  return remedies;
}

Remedies read_remedies(const std::string& path) {
  const Json json = read_json(path);
  try {
    Remedies remedies{.cell = json.at("cell"), .changes = {}};
    for (const Json& r : json.at("remedies")) {
      Change change{.name = r.at("name"), .factor = "remedy", .settings = {}};
      for (const auto& [key, value] : r.at("settings").items()) change.settings.emplace_back(key, value);
      remedies.changes.push_back(std::move(change));
    }
    return remedies;
  } catch (const Json::exception& e) {
    fail(ErrorKind::data, path, ": found ", e.what(),
         R"(, accepted: {"cell": "…", "remedies": [{"name": "…", "settings": {"section.key": "value"}}]})");
  }
}

Json remedies_json(const Remedies& remedies) {
  Json list = Json::array();
  for (const Change& change : remedies.changes) {
    Json settings = Json::object();
    for (const auto& [key, value] : change.settings) settings[key] = value;
    list.push_back({{"name", change.name}, {"settings", settings}});
  }
  return {{"cell", remedies.cell}, {"remedies", list}};
}

std::vector<RunPlan> plan_remedies(const StudyProfile& profile, const Remedies& remedies) {
  const Cell cell = cell_named(profile, remedies.cell);
  std::vector<Change> changes{{}};
  changes.insert(changes.end(), remedies.changes.begin(), remedies.changes.end());
  std::vector<RunPlan> plans;
  for (const std::int64_t seed : held_out_seeds())
    for (const Change& change : changes)
      plans.push_back({.part = "remedy", .cell = cell, .change = change, .weight_seed = seed, .loader_seed = seed});
  return plans;
}

}  // namespace fno::stage_a
