#include "tools/tasks/stage_a/mechanism_tables.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tools/report/text.h"

namespace fno::stage_a {
namespace {

using report::Rate;
using report::Section;
using report::Table;
using training::Json;

std::string name_of(const Json& run) {
  return text_of(RunKey{run.at("cell"), run.at("change"), run.at("weight_seed"), run.at("loader_seed")});
}

std::string number(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found == json.end() || found->is_null() ? report::kNoValue : report::format_number(found->get<double>());
}

Table replay_table(const std::vector<Json>& examined) {
  Table table{.title = "Replays from before the collapse, one change each",
              .header = {"run", "from step", "collapse in epoch", "change", "survived", "flat in an epoch",
                         "bit for bit", "val_loss"}};
  for (const Json& run : examined)
    for (const Json& r : run.value("replays", Json::array()))
      table.rows.push_back({name_of(run), std::to_string(run.at("replay_from_step").get<int>()),
                            std::to_string(run.at("collapse_epoch").get<int>()), r.at("change"),
                            r.at("survived") ? "yes" : "no", r.at("flat") ? "yes" : "no",
                            r.at("same_weights") ? "yes" : "no", number(r, "val_loss")});
  return table;
}

Table survival_table(const std::vector<Json>& examined) {
  Table table{.title = "Replays survived, by change", .header = {"change", "survived", "flat in an epoch"}};
  struct Counts {
    std::string change;
    Rate survived, flat;
  };
  std::vector<Counts> all;
  for (const Json& run : examined)
    for (const Json& r : run.value("replays", Json::array())) {
      auto found = std::ranges::find(all, r.at("change").get<std::string>(), &Counts::change);
      if (found == all.end()) found = all.insert(all.end(), {r.at("change"), {}, {}});
      ++found->survived.n;
      ++found->flat.n;
      found->survived.k += r.at("survived") ? 1 : 0;
      found->flat.k += r.at("flat") ? 1 : 0;
    }
  for (const Counts& c : all) table.rows.push_back({c.change, c.survived.count(), c.flat.count()});
  return table;
}

Table death_table(const std::vector<Json>& examined) {
  Table table{.title = "Maps that stopped depending on the input, in the replay without a change",
              .header = {"run", "step", "map"}};
  for (const Json& run : examined)
    for (const Json& death : run.value("deaths", Json::array()))
      table.rows.push_back({name_of(run), std::to_string(death.at("step").get<int>()), death.at("map")});
  return table;
}

Table end_table(const std::vector<Json>& examined) {
  Table table{.title = "The network at the end",
              .header = {"run", "path cut at", "largest ∂output/∂input", "tensors without a gradient",
                         "tensors with a gradient"}};
  for (const Json& run : examined) {
    if (!run.contains("end")) continue;
    const Json& end = run.at("end");
    const std::string cut = end.at("first_dead_map");
    table.rows.push_back({name_of(run), cut.empty() ? "not cut" : cut, number(end, "input_gradient"),
                          std::to_string(end.at("gradients").at("none").size()),
                          std::to_string(end.at("gradients").at("some").size())});
  }
  return table;
}

Table gelu_table(const std::vector<Json>& examined) {
  Table table{.title = "Maps into a GELU at the end",
              .header = {"run", "map", "mean", "std", "below -4", "same for all samples"}};
  for (const Json& run : examined) {
    if (!run.contains("end")) continue;
    for (const Json& map : run.at("end").at("maps"))
      if (map.at("pre_gelu"))
        table.rows.push_back({name_of(run), map.at("map"), number(map, "mean"), number(map, "std"),
                              number(map, "below_minus4"), map.at("same_for_all_samples") ? "yes" : "no"});
  }
  return table;
}

Table revival_table(const std::vector<Json>& examined) {
  Table table{.title = "Trained on from the end with something drawn anew",
              .header = {"run", "drawn anew", "val_loss after it", "below 0.1 again"}};
  for (const Json& run : examined)
    for (const Json& r : run.value("revivals", Json::array())) {
      const Json& losses = r.at("val_loss");
      table.rows.push_back({name_of(run), r.at("what"),
                            losses.empty() ? report::kNoValue : report::format_number(losses.back().get<double>()),
                            r.at("recovered") ? "yes" : "no"});
    }
  return table;
}

}  // namespace

std::optional<Section> mechanism_section(const std::vector<Json>& examined) {
  if (examined.empty()) return std::nullopt;
  Section section{.heading = "Mechanism"};
  section.add(
      "Each run was trained again bit for bit, its last states kept. The replays begin at the oldest of them; a replay "
      "survives if no epoch from there on breaks a rule of the detector. skip_batch withholds the gradients of the "
      "step "
      "whose loss stood out most. AMSGrad and float64 are not available in this program.");
  for (Table& table : std::vector<Table>{survival_table(examined), replay_table(examined), death_table(examined),
                                         end_table(examined), gelu_table(examined), revival_table(examined)})
    if (!table.rows.empty()) section.add(std::move(table));
  return section;
}

}  // namespace fno::stage_a
