#include "tools/training/effective.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>
#include <set>

namespace fno::training {
namespace {

Json optimizer_json(const Optimizer& optimizer) {
  const OptimizerSettings& s = optimizer.settings();
  Json json = {{"class", name_of(s.kind)}, {"rate", optimizer.rate()}, {"steps", optimizer.steps()}};
  if (s.kind == OptimizerKind::sgd) {
    json["momentum"] = s.momentum;
    json["nesterov"] = s.nesterov && s.momentum > 0;
  } else {
    json["beta1"] = s.beta1;
    json["beta2"] = s.beta2;
    json["eps"] = s.eps;
  }
  json["weight_decay"] = s.weight_decay;
  return json;
}

Json schedule_json(const Schedule& schedule) {
  const ScheduleSettings& s = schedule.settings();
  Json json = {{"class", name_of(s.kind)}, {"base", s.base}, {"stepped", s.mode == ScheduleMode::stepped}};
  switch (s.kind) {
    case ScheduleKind::constant: break;
    case ScheduleKind::exponential: json["gamma"] = s.gamma; break;
    case ScheduleKind::warmup_cosine:
      json["epochs"] = s.epochs;
      json["warmup_epochs"] = s.warmup;
      json["start"] = s.start;
      json["min_ratio"] = s.min_ratio;
      break;
    case ScheduleKind::plateau:
      json["factor"] = s.factor;
      json["patience"] = s.patience;
      json["min_rate"] = s.min_rate;
      json["threshold"] = s.threshold;
      put_number(json, "best", schedule.state().best);
      json["bad_epochs"] = schedule.state().bad_epochs;
      break;
  }
  return json;
}

// encoder_blocks.3 or blocks.0 of the parameters below it; empty for any other.
std::string block_of(const std::string& parameter) {
  const std::size_t start = parameter.starts_with("encoder_blocks.") ? 15 : parameter.starts_with("blocks.") ? 7 : 0;
  return start == 0 ? "" : parameter.substr(0, parameter.find('.', start));
}

// The network is read off its parameters.
Json network_json(const ParameterStore& store) {
  Json widths = Json::array(), rows = Json::array();
  std::int64_t widest = 0;
  std::set<std::string> blocks;
  for (std::size_t i = 0; i < store.parameters().size(); ++i) {
    const Parameter& p = store.parameters()[i];
    if (const std::string block = block_of(p.name); !block.empty()) blocks.insert(block);
    if (p.name == "lift.weight" || p.name == "lifter.conv1.weight") widths.push_back(p.var.shape(0));
    if (store.rows_of(i).empty()) continue;
    widths.push_back(p.var.shape(2));
    rows.push_back(store.rows_of(i));
    widest = std::max(widest, p.var.shape(2));
  }
  return {{"widths", widths},
          {"widest", widest},
          {"blocks", blocks.size()},
          {"spectral_rows", rows},
          {"parameters_complex_once", store.count().logged},
          {"parameters_complex_twice", store.count().real}};
}

// A last batch can only be left out where there is another (Loader).
bool drops_short(bool asked, std::int64_t samples, std::int64_t batch_size) { return asked && samples >= batch_size; }

// Rows of the first spectral weight, as the specification's section 4.2 and `ModeConvention` have them.
Json asked_rows(const settings::Settings& settings, std::size_t axes) {
  const auto modes = [&](std::size_t axis) { return std::int64_t{settings.model.modes.of(axis)}; };
  std::vector<std::int64_t> rows;
  for (std::size_t axis = 0; axis < axes; ++axis) rows.push_back(modes(axis));
  if (settings.model.architecture == "ffno") return rows;  // one axis each, without negative waves
  if (settings.model.spectral == ModeConvention::classic)
    std::for_each(rows.begin(), rows.end() - 1, [](std::int64_t& m) { m *= 2; });
  else if (settings.model.spectral == ModeConvention::centered)
    rows.back() = rows.back() / 2 + 1;
  return rows;
}

std::string text_of(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

}  // namespace

Json effective_snapshot(const LiveRun& run) {
  const GradientClip& clip = run.clip;
  Json json = {
      {"optimizer", optimizer_json(run.optimizer)},
      {"schedule", schedule_json(run.schedule)},
      {"clip", {{"active", clip.active()}, {"rule", name_of(clip.settings().rule)}, {"value", clip.settings().value}}},
      {"model", network_json(run.network.store)},
      {"loader",
       {{"seed", run.loader.seed()},
        {"batch_size", run.loader.batch_size()},
        {"samples", run.loader.samples()},
        {"short_last_batch",
         drops_short(run.loader.drop_short(), run.loader.samples(), run.loader.batch_size()) ? "drop" : "keep"},
        {"steps", run.loader.steps()}}},
  };
  json.update(run.task->effective());
  return json;
}

std::vector<std::string> echo_differences(const Json& snapshot, const Task& task, int epoch) {
  const settings::Settings& settings = task.settings();
  std::vector<std::string> lines;
  const auto same = [&](const char* name, const Json& found, const Json& asked) {
    const bool close = found.is_number() && asked.is_number() &&
                       std::abs(found.get<double>() - asked.get<double>()) <= 1e-12 * std::abs(asked.get<double>());
    if (found != asked && !close)
      lines.push_back(name + (": found " + text_of(found)) + ", asked for " + text_of(asked));
  };
  const OptimizerSettings& rule = settings.optim.optimizer;
  const ScheduleSettings& rates = settings.optim.schedule;
  const ClipSettings& limit = settings.optim.clip;
  const Json& optimizer = snapshot.at("optimizer");
  same("optimizer", optimizer.at("class"), std::string(settings::name_of(rule.kind)));
  same("weight_decay", optimizer.at("weight_decay"), rule.weight_decay);
  if (rule.kind == OptimizerKind::sgd) {
    same("momentum", optimizer.at("momentum"), rule.momentum);
  } else {
    same("beta1", optimizer.at("beta1"), rule.beta1);
    same("beta2", optimizer.at("beta2"), rule.beta2);
  }
  // The formulas of the specification's section 5.3, written out once more.
  if (rates.kind != ScheduleKind::plateau) {
    const double e = rates.mode == ScheduleMode::frozen_first_value ? 0 : epoch;
    const double warmup = rates.warmup, epochs = rates.epochs;
    double rate = rates.base;
    if (rates.kind == ScheduleKind::exponential) rate *= std::pow(0.95, e);
    if (rates.kind == ScheduleKind::warmup_cosine)
      rate *= e < warmup ? 0.1 + 0.9 * e / warmup
                         : rates.min_ratio +
                               (1 - rates.min_ratio) / 2 *
                                   (1 + std::cos(std::numbers::pi * (e - warmup) / std::max(1.0, epochs - warmup)));
    same("rate", optimizer.at("rate"), rate);
  } else {
    const auto rate = optimizer.at("rate").get<double>();
    if (rate > rates.base || rate < std::min(rates.base, rates.min_rate))
      lines.push_back("rate: found " + text_of(rate) + ", asked for at most " + text_of(rates.base) + " and at least " +
                      text_of(rates.min_rate));
  }
  const Json& schedule = snapshot.at("schedule");
  if (rates.kind == ScheduleKind::plateau && schedule.contains("factor")) {
    same("plateau_factor", schedule.at("factor"), rates.factor);
    same("plateau_patience", schedule.at("patience"), rates.patience);
    same("plateau_min_lr", schedule.at("min_rate"), rates.min_rate);
    same("plateau_threshold", schedule.at("threshold"), rates.threshold);
  }
  same("scheduler", schedule.at("class"), std::string(settings::name_of(rates.kind)));
  same("learning_rate", schedule.at("base"), rates.base);
  same("schedule_mode", schedule.at("stepped"), rates.mode == ScheduleMode::stepped);
  const Json& model = snapshot.at("model");
  const Json &widths = model.at("widths"), &rows = model.at("spectral_rows");
  if (!widths.empty()) same("fno_width", widths.front(), settings.model.width);
  if (!rows.empty()) {  // not in the plain CNN
    same("fno_blocks", model.at("blocks"), settings.model.blocks);
    same("fno_modes and spectral", rows.front(), asked_rows(settings, rows.front().size()));
  }
  const Json& clip = snapshot.at("clip");
  same("grad_clip", clip.at("value"), limit.value);
  same("clip active", clip.at("active"), limit.value > 0);
  if (limit.value > 0) same("gradient_clip_algorithm", clip.at("rule"), std::string(settings::name_of(limit.rule)));
  const Json& loader = snapshot.at("loader");
  same("batch_size", loader.at("batch_size"), settings.optim.batch_size);
  same("loader_seed", loader.at("seed"), settings.train.loader_seed.value_or(settings.run.seed));
  const Json own = task.asked();
  for (const auto& [name, value] : own.items()) same(name.c_str(), snapshot.at(name), value);
  const bool drops = drops_short(settings.train.short_last_batch == settings::ShortLastBatch::drop,
                                 loader.at("samples").get<std::int64_t>(), settings.optim.batch_size);
  same("short_last_batch", loader.at("short_last_batch"), drops ? "drop" : "keep");
  if (settings.model.max_hidden_channels && model.at("widest") > *settings.model.max_hidden_channels)
    same("widest level", model.at("widest"), *settings.model.max_hidden_channels);
  return lines;
}

}  // namespace fno::training
