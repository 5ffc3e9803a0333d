#include "tools/training/history.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "tools/training/json_fields.h"

namespace fno::training {
namespace {

// The lists of history.json that every run has; the others but the two below are measures of its task.
constexpr std::tuple kNumbers{Field{"train_loss", &EpochRecord::train_loss}, Field{"val_loss", &EpochRecord::val_loss},
                              Field{"learning_rate", &EpochRecord::learning_rate},
                              Field{"grad_norm", &EpochRecord::grad_norm}, Field{"seconds", &EpochRecord::seconds}};
constexpr const char *kSkipped = "skipped_steps", *kNotFinite = "not_finite";

constexpr std::tuple kPosition{Field{"epoch", &Position::epoch},     Field{"step_in_epoch", &Position::step_in_epoch},
                               Field{"step", &Position::step},       Field{"loss_sum", &Position::loss_sum},
                               Field{"samples", &Position::samples}, Field{"norm_sum", &Position::norm_sum},
                               Field{"norms", &Position::norms},     Field{"skipped_steps", &Position::skipped_steps},
                               Field{"seconds", &Position::seconds}};

template <class F>
void for_each_number(const F& f) {
  std::apply([&](const auto&... field) { (f(field), ...); }, kNumbers);
}

void set(double& to, const std::optional<double>& value) {
  to = value.value_or(std::numeric_limits<double>::quiet_NaN());
}
void set(std::optional<double>& to, const std::optional<double>& value) { to = value; }

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
  for_each_number([&](const auto& field) {
    column(field.name, [&](const EpochRecord& r) { return std::optional<double>(r.*field.member); });
  });
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
  for_each_number([&](const auto& field) { (void)json.at(field.name); });
  std::vector<EpochRecord> history(json.at("train_loss").size());
  for (std::size_t epoch = 0; epoch < history.size(); ++epoch)
    history[epoch].skipped_steps = json.at(kSkipped).at(epoch).get<std::int64_t>();
  const Json flags = json.value(kNotFinite, Json::array());
  for (const auto& [key, list] : json.items()) {
    if (key == kSkipped || key == kNotFinite) continue;
    for (std::size_t epoch = 0; epoch < history.size(); ++epoch) {
      std::optional<double> value;
      read_exact(list.at(epoch), value);
      // Null is a value that is missing, unless a flag says that it is not finite.
      for (const Json& flag : flags)
        if (flag.at("key") == key && flag.at("epoch") == epoch) value = exact_number(flag.at("value"));
      bool of_every_run = false;
      for_each_number([&, &key = key](const auto& field) {
        if (key != field.name) return;
        of_every_run = true;
        set(history[epoch].*field.member, value);
      });
      if (!of_every_run && value) history[epoch].measures.emplace_back(key, *value);
    }
  }
  return history;
}

Json exact_json(const TrainingState& state) {
  Json json{{"position", Json::object()}, {"history", Json::array()}};
  put_exact(json["position"], kPosition, state.position);
  for (const EpochRecord& r : state.history) {
    Json& record = json["history"].emplace_back(Json::object());
    put_exact(record, kNumbers, r);
    record[kSkipped] = r.skipped_steps;
    Json& measures = record["measures"] = Json::array();
    for (const auto& [name, value] : r.measures) measures.push_back({name, exact(value)});
  }
  json["best_epoch"] = or_null(state.best_epoch);
  json["best_val_loss"] = exact(state.best_val_loss);
  return json;
}

TrainingState training_state(const Json& json) {
  TrainingState state;
  take_exact(json.at("position"), kPosition, state.position);
  for (const Json& record : json.at("history")) {
    EpochRecord& r = state.history.emplace_back();
    take_exact(record, kNumbers, r);
    r.skipped_steps = record.at(kSkipped).get<std::int64_t>();
    for (const Json& m : record.at("measures"))
      r.measures.emplace_back(m.at(0).get<std::string>(), exact_number(m.at(1)));
  }
  if (!json.at("best_epoch").is_null()) state.best_epoch = json.at("best_epoch").get<int>();
  state.best_val_loss = exact_number(json.at("best_val_loss"));
  return state;
}

}  // namespace fno::training
