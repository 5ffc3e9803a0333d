#include "tools/tasks/stage_a/event_claims.h"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tools/report/text.h"

namespace fno::stage_a {
namespace {

using report::Rate;
using report::Table;
using training::Json;
using Events = std::vector<const Json*>;

const char* const kArchitectures[] = {"hybrid", "stable_hybrid"};

Events of(const std::vector<Json>& events, const std::string& architecture) {
  Events found;
  for (const Json& e : events)
    if (e.at("cell").get<std::string>().starts_with(architecture + "-")) found.push_back(&e);
  return found;
}

bool is_flat(const Json* e) { return e->at("flat") == true; }

Rate flat_rate(const Events& events) {
  return {static_cast<int>(std::ranges::count_if(events, is_flat)), static_cast<int>(events.size())};
}

// Flat runs by the map at which the path is cut when they die.
Table death_table(const std::vector<Json>& events) {
  Table table{.title = "Where the path is cut at the death", .header = {"network", "map", "flat runs", "95 %"}};
  for (const char* architecture : kArchitectures) {
    const Events all = of(events, architecture);
    std::map<std::string, int> cut;
    for (const Json* e : all)
      if (is_flat(e)) ++cut[e->at("first_dead_map")];
    for (const auto& [map, k] : cut) {
      const Rate rate{k, flat_rate(all).k};
      table.rows.push_back({architecture, map, rate.count(), rate.interval()});
    }
  }
  return table;
}

// Which maps were ten times their start, and when, in the flat runs and in the others.
Table growth_table(const std::vector<Json>& events) {
  Table table{.title = "σ ten times that of the start",
              .header = {"network", "map", "flat runs: before the death", "median updates before it", "survivors"}};
  for (const char* architecture : kArchitectures) {
    std::vector<std::string> maps;
    const Events all = of(events, architecture);
    if (all.empty()) continue;
    for (const Json& m : all.front()->at("maps")) maps.push_back(m.at("map"));
    for (std::size_t i = 0; i < maps.size(); ++i) {
      Rate flat, others;
      std::vector<double> lead;
      for (const Json* e : all) {
        Rate& rate = is_flat(e) ? flat : others;
        const Json& grown = e->at("maps").at(i).at("grown");
        ++rate.n;
        if (grown.is_null()) continue;
        ++rate.k;
        if (is_flat(e)) lead.push_back(e->at("death").get<double>() - grown.get<double>());
      }
      table.rows.push_back(
          {architecture, maps[i], flat.count(), report::number_or_dash(report::median(lead)), others.count()});
    }
  }
  return table;
}

// Replays saved, by change and by how many updates before the death they begin.
Table save_table(const std::vector<Json>& events) {
  Table table{.title = "Replays saved, by updates before the death", .header = {"network", "change"}};
  std::vector<std::int64_t> distances;
  std::vector<std::string> changes;
  for (const Json& e : events)
    for (const Json& r : e.at("replays")) {
      if (std::ranges::find(distances, r.at("from").get<std::int64_t>()) == distances.end())
        distances.push_back(r.at("from"));
      if (std::ranges::find(changes, r.at("change").get<std::string>()) == changes.end())
        changes.push_back(r.at("change"));
    }
  std::ranges::sort(distances);
  for (const std::int64_t d : distances) table.header.push_back(std::to_string(d));
  for (const char* architecture : kArchitectures)
    for (const std::string& change : changes) {
      std::vector<std::string> line{architecture, change};
      for (const std::int64_t d : distances) {
        Rate rate;
        for (const Json* e : of(events, architecture))
          for (const Json& r : e->at("replays"))
            if (r.at("change") == change && r.at("from") == d) {
              ++rate.n;
              rate.k += r.at("saved") == true ? 1 : 0;
            }
        line.push_back(rate.n == 0 ? std::string(report::kNoValue) : rate.count());
      }
      if (std::ranges::any_of(line.begin() + 2, line.end(), [](const auto& c) { return c != report::kNoValue; }))
        table.rows.push_back(std::move(line));
    }
  return table;
}

}  // namespace

std::vector<Table> event_tables(const std::vector<Json>& events) {
  return {death_table(events), growth_table(events), save_table(events)};
}

Claims event_claims(const std::vector<Json>& events) {
  Claims claims;
  for (const char* architecture : kArchitectures) {
    const Rate rate = flat_rate(of(events, architecture));
    claims[fmt::format("event.{}.flat", architecture)] = rate.count();
    claims[fmt::format("event.{}.flat.interval", architecture)] = rate.interval();
  }
  const std::vector<Table> tables = event_tables(events);
  const char* const names[] = {"table.event.deaths", "table.event.growth", "table.event.saves"};
  for (std::size_t i = 0; i < tables.size(); ++i)
    claims[names[i]] = tables[i].rows.empty() ? "None yet." : table_text(tables[i]);
  return claims;
}

}  // namespace fno::stage_a
