#include "tools/training/history.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace fno::training {
namespace {

Json exact_optional(const std::optional<double>& value) { return value ? exact(*value) : Json(nullptr); }

std::optional<double> optional_number(const Json& json) {
  return json.is_null() ? std::nullopt : std::optional(exact_number(json));
}

// A list of history.json that every run has; the others but the two below are measures of its task.
struct Column {
  std::string_view key;
  std::optional<double> (*get)(const EpochRecord&);
  void (*set)(EpochRecord&, std::optional<double>);
};
using Optional = std::optional<double>;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr Column kColumns[] = {
    {"train_loss", [](const EpochRecord& r) { return Optional(r.train_loss); },
     [](EpochRecord& r, Optional v) { r.train_loss = v.value_or(kNan); }},
    {"val_loss", [](const EpochRecord& r) { return r.val_loss; }, [](EpochRecord& r, Optional v) { r.val_loss = v; }},
    {"learning_rate", [](const EpochRecord& r) { return Optional(r.learning_rate); },
     [](EpochRecord& r, Optional v) { r.learning_rate = v.value_or(kNan); }},
    {"grad_norm", [](const EpochRecord& r) { return r.grad_norm; },
     [](EpochRecord& r, Optional v) { r.grad_norm = v; }},
    {"seconds", [](const EpochRecord& r) { return Optional(r.seconds); },
     [](EpochRecord& r, Optional v) { r.seconds = v.value_or(0); }}};
constexpr const char *kSkipped = "skipped_steps", *kNotFinite = "not_finite";

Json exact_json(const EpochRecord& r) {
  Json measures = Json::array();
  for (const auto& [name, value] : r.measures) measures.push_back({name, exact(value)});
  return {{"train_loss", exact(r.train_loss)},
          {"val_loss", exact_optional(r.val_loss)},
          {"learning_rate", exact(r.learning_rate)},
          {"grad_norm", exact_optional(r.grad_norm)},
          {"seconds", exact(r.seconds)},
          {"skipped_steps", r.skipped_steps},
          {"measures", measures}};
}

Json exact_json(const Position& p) {
  return {{"epoch", p.epoch},
          {"step_in_epoch", p.step_in_epoch},
          {"step", p.step},
          {"loss_sum", exact(p.loss_sum)},
          {"samples", p.samples},
          {"norm_sum", exact(p.norm_sum)},
          {"norms", p.norms},
          {"skipped_steps", p.skipped_steps},
          {"seconds", exact(p.seconds)}};
}

}  // namespace

std::optional<double> measure_of(const EpochRecord& record, std::string_view name) {
  for (const auto& [key, value] : record.measures)
    if (key == name) return value;
  return std::nullopt;
}

Json history_json(const std::vector<EpochRecord>& history) {
  Json json = Json::object();
  Json flags = Json::array();
  const auto column = [&](const std::string& key, auto&& value_of) {
    Json& list = json[key] = Json::array();
    for (std::size_t epoch = 0; epoch < history.size(); ++epoch) {
      const std::optional<double> value = value_of(history[epoch]);
      if (value && !std::isfinite(*value))
        flags.push_back({{"key", key}, {"epoch", epoch}, {"value", not_finite_name(*value)}});
      list.push_back(value && std::isfinite(*value) ? Json(*value) : Json(nullptr));
    }
  };
  for (const Column& c : kColumns) column(std::string(c.key), c.get);
  if (!history.empty())
    for (std::size_t i = 0; i < history.front().measures.size(); ++i)
      column(history.front().measures[i].first, [i](const EpochRecord& r) {
        return i < r.measures.size() ? std::optional(r.measures[i].second) : std::nullopt;
      });
  Json& skipped = json[kSkipped] = Json::array();
  for (const EpochRecord& r : history) skipped.push_back(r.skipped_steps);
  if (!flags.empty()) json[kNotFinite] = flags;
  return json;
}

std::vector<EpochRecord> read_history(const Json& json) {
  for (const Column& c : kColumns) (void)json.at(std::string(c.key));
  std::vector<EpochRecord> history(json.at("train_loss").size());
  for (std::size_t epoch = 0; epoch < history.size(); ++epoch)
    history[epoch].skipped_steps = json.at(kSkipped).at(epoch).get<std::int64_t>();
  const Json flags = json.value(kNotFinite, Json::array());
  for (const auto& [key, list] : json.items()) {
    if (key == kSkipped || key == kNotFinite) continue;
    const auto* column = std::ranges::find(kColumns, key, &Column::key);
    for (std::size_t epoch = 0; epoch < history.size(); ++epoch) {
      std::optional<double> value = optional_number(list.at(epoch));
      // Null is a value that is missing, unless a flag says that it is not finite.
      for (const Json& flag : flags)
        if (flag.at("key") == key && flag.at("epoch") == epoch) value = exact_number(flag.at("value"));
      if (column != std::end(kColumns))
        column->set(history[epoch], value);
      else if (value)
        history[epoch].measures.emplace_back(key, *value);
    }
  }
  return history;
}

Json exact_json(const TrainingState& state) {
  Json history = Json::array();
  for (const EpochRecord& r : state.history) history.push_back(exact_json(r));
  return {{"position", exact_json(state.position)},
          {"history", history},
          {"best_epoch", state.best_epoch ? Json(*state.best_epoch) : Json(nullptr)},
          {"best_val_loss", exact(state.best_val_loss)}};
}

TrainingState training_state(const Json& json) {
  TrainingState state;
  const Json& p = json.at("position");
  state.position = {.epoch = p.at("epoch").get<int>(),
                    .step_in_epoch = p.at("step_in_epoch").get<std::int64_t>(),
                    .step = p.at("step").get<std::int64_t>(),
                    .loss_sum = exact_number(p.at("loss_sum")),
                    .samples = p.at("samples").get<std::int64_t>(),
                    .norm_sum = exact_number(p.at("norm_sum")),
                    .norms = p.at("norms").get<std::int64_t>(),
                    .skipped_steps = p.at("skipped_steps").get<std::int64_t>(),
                    .seconds = exact_number(p.at("seconds"))};
  for (const Json& r : json.at("history")) {
    state.history.push_back({.train_loss = exact_number(r.at("train_loss")),
                             .val_loss = optional_number(r.at("val_loss")),
                             .learning_rate = exact_number(r.at("learning_rate")),
                             .grad_norm = optional_number(r.at("grad_norm")),
                             .seconds = exact_number(r.at("seconds")),
                             .skipped_steps = r.at("skipped_steps").get<std::int64_t>()});
    for (const Json& m : r.at("measures"))
      state.history.back().measures.emplace_back(m.at(0).get<std::string>(), exact_number(m.at(1)));
  }
  if (!json.at("best_epoch").is_null()) state.best_epoch = json.at("best_epoch").get<int>();
  state.best_val_loss = exact_number(json.at("best_val_loss"));
  return state;
}

}  // namespace fno::training
