#include "tools/tasks/stage_a/layer_log.h"

#include <bit>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <nlohmann/json.hpp>

#include "tools/tasks/stage_a/step_log.h"

namespace fno::stage_a {
namespace {

using training::Json;

Json short_number(double value) {
  return std::isfinite(value) ? Json(std::stod(fmt::format("{:.6g}", value))) : Json(nullptr);
}

Json root_mean(const Tensor& tensor, bool squared) {
  if (!tensor.defined()) return nullptr;
  double sum = 0;
  const std::vector<float> values = floats_of(tensor);
  for (const float v : values) sum += squared ? static_cast<double>(v) * v : v;
  return short_number(std::sqrt(sum / static_cast<double>(values.size())));
}

// The lines that a run which has made so many steps has written.
std::vector<std::string> lines_until(const std::string& path, std::int64_t step) {
  std::vector<std::string> lines = training::first_lines(path, std::numeric_limits<std::int64_t>::max());
  const auto later = [step](const std::string& line) {
    const Json json = Json::parse(line, nullptr, false);
    return !json.is_object() || json.value("step", step + 1) > step;
  };
  lines.erase(std::ranges::find_if(lines, later), lines.end());
  return lines;
}

Tensor first_patterns(const training::LiveRun& run) {
  const training::Task& task = *run.task;
  const std::int64_t n = std::min<std::int64_t>(run.settings().optim.batch_size, task.training_samples());
  training::Sweep sweep(task.source(), 0, n, n, task.device());
  return sweep.batch(0).x.clone();
}

}  // namespace

LayerLog::LayerLog(training::LiveRun& run, const training::RunPaths& paths)
    : run_(run),
      batch_(first_patterns(run)),
      file_(path(paths), static_cast<std::int64_t>(lines_until(path(paths), run.state().position.step).size())) {
  const std::vector<std::string> kept = lines_until(path(paths), run.state().position.step);
  if (!kept.empty()) last_ = Json::parse(kept.back()).at("step");
}

void LayerLog::on_batch(std::int64_t step) {
  if (std::popcount(static_cast<std::uint64_t>(step)) <= 1) look();
}

void LayerLog::on_epoch(const training::EpochRecord&, bool) { look(); }

void LayerLog::look() {
  const training::Position& at = run_.state().position;
  if (at.step == last_) return;
  last_ = at.step;
  const NoGrad guard;
  Json line{{"step", at.step}, {"epoch", at.epoch}};
  const Tensor output = run_.network.model.forward(Var(batch_)).value();
  line["loss"] = short_number(run_.task->loss()(Var(output), Var(batch_)).value().item());
  Json& maps = line["maps"] = Json::object();
  for (const MapState& m : look_inside(run_.network.model, batch_))
    maps[m.name] = {{"mean", short_number(m.mean)},
                    {"std", short_number(m.std)},
                    {"below_minus4", short_number(m.below_minus4)},
                    {"dead_units", short_number(m.dead_units)},
                    {"over_samples", short_number(m.over_samples)}};
  Json& tensors = line["tensors"] = Json::object();
  const Optimizer& optimizer = run_.optimizer;
  for (std::size_t i = 0; i < optimizer.parameters().size(); ++i)
    tensors[optimizer.parameters()[i].name] = {{"w", root_mean(optimizer.parameters()[i].var.value(), true)},
                                               {"m", root_mean(optimizer.first_moments()[i], true)},
                                               {"v", root_mean(optimizer.second_moments()[i], false)}};
  file_.add(line.dump());
}

}  // namespace fno::stage_a
