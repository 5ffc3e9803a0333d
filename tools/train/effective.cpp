#include "tools/train/effective.h"

#include <nlohmann/json.hpp>
#include <set>

namespace fno::train {
namespace {

const char* name_of(OptimizerKind kind) {
  switch (kind) {
    case OptimizerKind::adam: return "adam";
    case OptimizerKind::adamw: return "adamw";
    case OptimizerKind::sgd: break;
  }
  return "sgd";
}

const char* name_of(ScheduleKind kind) {
  switch (kind) {
    case ScheduleKind::constant: return "Default";
    case ScheduleKind::exponential: return "Exponential";
    case ScheduleKind::warmup_cosine: return "WarmupCosine";
    case ScheduleKind::plateau: break;
  }
  return "ReduceLROnPlateau";
}

const char* name_of(ClipRule rule) {
  switch (rule) {
    case ClipRule::norm: return "norm";
    case ClipRule::value: return "value";
    case ClipRule::agc: return "agc";
    case ClipRule::agc_unit: break;
  }
  return "agc_unit";
}

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
  Json json = {{"class", name_of(s.kind)}, {"base", s.base}};
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

Json model_json(const ParameterStore& store) {
  std::set<std::string> blocks;
  Json json = Json::object();
  for (std::size_t i = 0; i < store.parameters().size(); ++i) {
    const Parameter& p = store.parameters()[i];
    constexpr std::string_view kBlocks = "blocks.";
    if (p.name.starts_with(kBlocks)) blocks.insert(p.name.substr(0, p.name.find('.', kBlocks.size())));
    if (p.name == "lift.weight") json["width"] = p.var.shape(0);
    if (p.name == "head.0.weight") json["projection"] = p.var.shape(0);
    if (!store.rows_of(i).empty()) {
      json["spectral_rows"] = store.rows_of(i);
      json["modes"] = store.rows_of(i).back();
    }
  }
  json["blocks"] = blocks.size();
  json["parameters_complex_once"] = store.count().logged;
  json["parameters_complex_twice"] = store.count().real;
  return json;
}

}  // namespace

Json effective_snapshot(const LiveParts& parts) {
  const GradientClip& clip = parts.clip;
  return {
      {"optimizer", optimizer_json(parts.optimizer)},
      {"schedule", schedule_json(parts.schedule)},
      {"clip", {{"active", clip.active()}, {"rule", name_of(clip.settings().rule)}, {"value", clip.settings().value}}},
      {"model", model_json(parts.store)},
      {"loader",
       {{"seed", parts.loader.seed()},
        {"batch_size", parts.loader.batch_size()},
        {"samples", parts.loader.samples()},
        {"steps", parts.loader.steps()}}},
      {"data_sha256", parts.data.sha256}};
}

}  // namespace fno::train
