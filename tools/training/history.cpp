#include "tools/training/history.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace fno::training {
namespace {

Json exact_optional(const std::optional<double>& value) { return value ? exact(*value) : Json(nullptr); }

std::optional<double> optional_number(const Json& json) {
  return json.is_null() ? std::nullopt : std::optional(exact_number(json));
}

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

Json history_json(const std::vector<EpochRecord>& history) {
  Json json = Json::object();
  Json flags = Json::array();
  const auto column = [&](const char* key, auto&& value_of) {
    Json& list = json[key] = Json::array();
    for (std::size_t epoch = 0; epoch < history.size(); ++epoch) {
      const std::optional<double> value = value_of(history[epoch]);
      if (value && !std::isfinite(*value))
        flags.push_back({{"key", key}, {"epoch", epoch}, {"value", not_finite_name(*value)}});
      list.push_back(value && std::isfinite(*value) ? Json(*value) : Json(nullptr));
    }
  };
  column("train_loss", [](const EpochRecord& r) { return std::optional(r.train_loss); });
  column("val_loss", [](const EpochRecord& r) { return r.val_loss; });
  column("learning_rate", [](const EpochRecord& r) { return std::optional(r.learning_rate); });
  column("grad_norm", [](const EpochRecord& r) { return r.grad_norm; });
  column("seconds", [](const EpochRecord& r) { return std::optional(r.seconds); });
  if (!history.empty())
    for (std::size_t i = 0; i < history.front().measures.size(); ++i)
      column(history.front().measures[i].first.c_str(), [i](const EpochRecord& r) {
        return i < r.measures.size() ? std::optional(r.measures[i].second) : std::nullopt;
      });
  Json& skipped = json["skipped_steps"] = Json::array();
  for (const EpochRecord& r : history) skipped.push_back(r.skipped_steps);
  if (!flags.empty()) json["not_finite"] = flags;
  return json;
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
