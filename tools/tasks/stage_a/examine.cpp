// A collapsed run under the lens: what died, what the replays say, and whether the last decoder stage alone can be
// brought back.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "tools/tasks/stage_a/mechanism.h"
#include "tools/tasks/stage_a/step_log.h"
#include "tools/training/json_fields.h"

namespace fno::stage_a {
namespace {

using training::Json;

constexpr int kEpochsAfterCollapse = 2, kEpochsOfRevival = 4;
constexpr ptychography::CollapseLimits kLimits;

Json json_of(const Replay& r) {
  Json json = {{"change", r.change},
               {"survived", r.survived()},
               {"flat", r.least_spread < kLimits.flat},
               {"same_weights", r.same_weights}};
  json["broke_epoch"] = training::or_null(r.broke_epoch);
  if (r.val_loss) training::put_number(json, "val_loss", *r.val_loss);
  training::put_number(json, "least_spread", r.least_spread);
  if (!r.trouble.empty()) json["trouble"] = r.trouble;
  return json;
}

std::string last_decoder_stage(const ParameterStore& store) {
  constexpr std::string_view kPrefix = "decoder_blocks.";
  int last = -1;
  for (const Parameter& p : store.parameters())
    if (p.name.starts_with(kPrefix)) last = std::max(last, std::stoi(p.name.substr(kPrefix.size())));
  return std::string(kPrefix) + std::to_string(last) + ".";
}

struct Revival {
  std::string what;
  std::vector<std::string> prefixes;  // of the tensors that are drawn anew, moments included
  bool all_moments = false;           // set to zero
};

// The collapsed state with some tensors drawn anew, trained on for some epochs.
std::optional<Json> revive(const Bench& bench, const RunPlan& plan, const training::Checkpoint& end,
                           const Revival& revival) {
  constexpr std::int64_t kOtherSeed = 1000003;
  const int before = end.training.position.epoch;
  training::LiveRun run(bench.task(settings_of(bench.profile, plan)), before + kEpochsOfRevival);
  RunPlan other = plan;
  other.weight_seed += kOtherSeed;
  const training::Checkpoint drawn = training::LiveRun(bench.task(settings_of(bench.profile, other))).capture();
  training::Checkpoint state = end;
  const auto zero = [](training::StoredTensor& t) { std::ranges::fill(t.bytes, std::byte{0}); };
  for (std::size_t i = 0; i < state.weights.size(); ++i) {
    const bool anew = std::ranges::any_of(
        revival.prefixes, [&](const std::string& prefix) { return state.weights[i].name.starts_with(prefix); });
    if (anew) state.weights[i].bytes = drawn.weights[i].bytes;
    if (!anew && !revival.all_moments) continue;
    zero(state.first[i]);
    zero(state.second[i]);
  }
  run.restore(state, "snapshot");
  training::Watcher silent;
  Json json = {{"what", revival.what}, {"epochs", kEpochsOfRevival}};
  try {
    if (!run.trainer.run(silent)) return std::nullopt;
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::numeric) throw;
    json["trouble"] = e.what();
  }
  Json& losses = json["val_loss"] = Json::array();
  double best = std::numeric_limits<double>::infinity();
  const auto& history = run.state().history;
  for (auto e = static_cast<std::size_t>(before); e < history.size(); ++e) {
    losses.push_back(history[e].val_loss.value_or(0));
    best = std::min(best, history[e].val_loss.value_or(best));
  }
  json["recovered"] = best < kLimits.learned;
  return json;
}

// The largest gradient of each tensor, on a training batch. GELU's derivative far below zero is not exactly 0 in our
// arithmetic, so what counts as none is told from the largest of all.
Json gradients_json(training::LiveRun& run) {
  constexpr double kNone = 1e-12;
  run.loader.start(0);
  const training::Batch batch = run.loader.batch(0);
  run.optimizer.zero_grad();
  backward(run.task->loss()(run.network.model.forward(Var(batch.x)), Var(batch.y)));
  std::vector<double> largest;
  for (const Parameter& p : run.optimizer.parameters()) {
    largest.push_back(0);
    if (p.var.has_grad())
      for (const float g : floats_of(p.var.grad())) largest.back() = std::max(largest.back(), std::abs(double{g}));
  }
  const double limit = kNone * *std::ranges::max_element(largest);
  Json none = Json::array(), some = Json::array();
  for (std::size_t i = 0; i < largest.size(); ++i)
    (largest[i] <= limit ? none : some).push_back(run.optimizer.parameters()[i].name);
  return {{"none", none}, {"some", some}};
}

}  // namespace

std::optional<Json> examine(const Bench& bench, const RunPlan& plan, int collapse_epoch, const std::string& log_path) {
  const WatchedRun watched = watch_run(bench, plan, collapse_epoch, log_path);
  if (watched.outcome.stopped) return std::nullopt;
  Json json = {{"cell", plan.cell.name},
               {"change", plan.change.name},
               {"weight_seed", plan.weight_seed},
               {"loader_seed", plan.loader_seed},
               {"label", watched.outcome.row.at("label")},
               {"rule", watched.outcome.row.at("rule")},
               {"collapse_epoch", collapse_epoch},
               {"val_loss", watched.outcome.row.at("val_loss")}};
  Json& alarms = json["alarms"] = Json::array();
  for (const Alarm& a : watched.alarms)
    alarms.push_back({{"step", a.step}, {"samples", a.samples}, {"loss", a.loss}, {"median", a.median}});
  if (!watched.dump) return json;  // ended before, in NaN

  const CollapseDump& dump = *watched.dump;
  json["replay_from_step"] = dump.start->training.position.step;
  json["worst_step"] = dump.worst_step;
  json["worst_batch"] = dump.batches[static_cast<std::size_t>(dump.worst_step - dump.batches.front().step)].samples;
  const int horizon = std::max(collapse_epoch + kEpochsAfterCollapse, bench.profile.epochs);
  json["horizon_epoch"] = horizon;
  Json& replays = json["replays"] = Json::array();
  json["replays_not_available"] = {"AMSGrad", "fp64"};
  for (const ReplayChange& change : replay_changes(settings_of(bench.profile, plan))) {
    const bool look = change.name == "none";
    const Replay r = replay(bench, plan, dump, change, horizon, look);
    if (!r.finished) return std::nullopt;
    replays.push_back(json_of(r));
    if (!look) continue;
    Json& deaths = json["deaths"] = Json::array();
    for (const auto& [map, step] : r.deaths) deaths.push_back({{"map", map}, {"step", step}});
  }

  training::LiveRun run(bench.task(settings_of(bench.profile, plan)));
  run.restore(*watched.end, "snapshot");
  const Tensor batch = probe_batch(bench, run.settings().optim.batch_size);
  const std::vector<MapState> maps = look_inside(run.network.model, batch);
  json["end"] = {{"first_dead_map", first_dead_map(maps)},
                 {"input_gradient", input_gradient(run.network.model, batch)},
                 {"maps", maps_json(maps)},
                 {"gradients", gradients_json(run)}};
  const std::string stage = last_decoder_stage(run.network.store);
  Json& revivals = json["revivals"] = Json::array();
  for (const Revival& r :
       {Revival{"nothing", {}}, Revival{"moments of all tensors", {}, true}, Revival{"last decoder stage", {stage}},
        Revival{"head", {"output_proj."}}, Revival{"all decoder stages", {"decoder_blocks."}}}) {
    const std::optional<Json> result = revive(bench, plan, *watched.end, r);
    if (!result) return std::nullopt;
    revivals.push_back(*result);
  }
  return json;
}

}  // namespace fno::stage_a
