#include "tools/tasks/stage_a/event.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tools/tasks/stage_a/step_log.h"
#include "tools/training/build_info.h"
#include "tools/training/json_fields.h"
#include "tools/training/stop_signal.h"

namespace fno::stage_a {
namespace {

using training::Json;

constexpr double kGrown = 10;

// Looks before every step, so after every update; ends the run when it has been dead for long enough.
class EventWatcher : public training::Watcher {
 public:
  EventWatcher(const Bench& bench, training::LiveRun& run, EventRun& result)
      : run_(run), batch_(probe_batch(bench, run.settings().optim.batch_size)), result_(result) {}

  void on_batch(std::int64_t step) override {
    const std::vector<MapState> maps = look_inside(run_.network.model, batch_);
    std::vector<double> sigma, dead;
    if (result_.maps.empty())
      for (const MapState& m : maps)
        if (m.pre_gelu()) result_.maps.push_back(m.name);
    for (const MapState& m : maps)
      if (m.pre_gelu()) {
        sigma.push_back(m.std);
        dead.push_back(m.dead_units);
      }
    result_.sigma.push_back(sigma);
    result_.dead.push_back(dead);
    if (const std::string cut = first_dead_map(maps); cut.empty()) {
      result_.death = -1;
      keep(step);
    } else if (result_.death < 0) {
      result_.death = step;
      result_.first_dead_map = cut;
    }
  }
  void on_step(const training::StepRecord& step) override { result_.loss.push_back(step.loss); }
  bool stop() override {
    const std::int64_t step = run_.state().position.step;
    const std::int64_t last = result_.death >= 0 ? result_.death + kAfterDeath : kEventEpochs * run_.loader.steps();
    return step >= last || training::Watcher::stop();
  }

 private:
  void keep(std::int64_t step) {
    result_.states[step] = std::make_shared<const training::Checkpoint>(run_.capture());
    result_.states.erase(result_.states.begin(), result_.states.lower_bound(step - event_distances().back()));
  }
  training::LiveRun& run_;
  Tensor batch_;
  EventRun& result_;
};

class UntilStep : public training::Watcher {
 public:
  UntilStep(const training::LiveRun& run, std::int64_t last) : run_(run), last_(last) {}
  bool stop() override { return run_.state().position.step >= last_ || training::Watcher::stop(); }

 private:
  const training::LiveRun& run_;
  std::int64_t last_;
};

bool alive(const Bench& bench, const training::LiveRun& run) {
  const Tensor batch = probe_batch(bench, run.settings().optim.batch_size);
  return first_dead_map(look_inside(run.network.model, batch)).empty();
}

void zero(std::vector<training::StoredTensor>& tensors) {
  for (training::StoredTensor& t : tensors) std::ranges::fill(t.bytes, std::byte{0});
}

Json maps_of(const EventRun& run) {
  Json all = Json::array();
  const std::size_t end = run.death >= 0 ? static_cast<std::size_t>(run.death) : run.sigma.size() - 1;
  for (std::size_t m = 0; m < run.maps.size(); ++m) {
    Json map{{"map", run.maps[m]}};
    training::put_number(map, "start", run.sigma.front()[m]);
    training::put_number(map, "end", run.sigma[end][m]);
    training::put_number(map, "dead_units", run.dead[end][m]);
    map["grown"] = nullptr;
    for (std::size_t step = 0; step <= end; ++step)
      if (!(run.sigma[step][m] < kGrown * run.sigma.front()[m])) {
        map["grown"] = step;
        break;
      }
    all.push_back(std::move(map));
  }
  return all;
}

}  // namespace

const std::vector<std::int64_t>& event_distances() {
  static const std::vector<std::int64_t> distances{1, 2, 4, 8, 16, 32};
  return distances;
}

std::vector<EventChange> event_changes(const settings::Settings& settings) {
  constexpr double kHalf = 0.5, kTenth = 0.1, kEps = 1e-4;
  const bool clips = settings.optim.clip.value > 0;
  return {{.name = "none"},
          {.name = "half_rate", .rate = kHalf},
          {.name = "tenth_rate", .rate = kTenth},
          {.name = "no_first_moment", .zero_first = true},
          {.name = "no_moments", .zero_first = true, .zero_second = true},
          {.name = "eps_1e-4", .eps = kEps},
          {.name = clips ? "no_clip" : "clip_1", .clip = clips ? 0.0 : 1.0}};
}

EventRun watch_event(const Bench& bench, const RunPlan& plan) {
  EventRun result;
  training::LiveRun run(bench.task(settings_of(bench.profile, plan)), kEventEpochs + 1);
  EventWatcher watcher(bench, run, result);
  try {
    (void)run.trainer.run(watcher);
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::numeric) throw;
    if (result.death < 0) result.death = run.state().position.step - 1, result.first_dead_map = "nan";
  }
  result.stopped = training::StopSignal::received() != 0;
  return result;
}

std::optional<bool> survives(const Bench& bench, const RunPlan& plan, const EventRun& run, std::int64_t distance,
                             const EventChange& change) {
  const auto found = run.states.find(run.death - distance);
  if (found == run.states.end()) return std::nullopt;
  settings::Settings settings = settings_of(bench.profile, plan);
  settings.optim.schedule.base *= change.rate;
  if (change.eps) settings.optim.optimizer.eps = *change.eps;
  if (change.clip) settings.optim.clip.value = *change.clip;
  training::LiveRun replay(bench.task(std::move(settings)), kEventEpochs + 1);
  training::Checkpoint state = *found->second;
  if (change.zero_first) zero(state.first);
  if (change.zero_second) zero(state.second);
  replay.restore(state, "snapshot");
  UntilStep watcher(replay, run.death + kAfterDeath);
  try {
    (void)replay.trainer.run(watcher);
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::numeric) throw;
    return false;
  }
  if (training::StopSignal::received() != 0) return std::nullopt;
  return alive(bench, replay);
}

std::vector<RunPlan> plan_events(const StudyProfile& profile) {
  constexpr std::int64_t kFirst = 20260160, kSeeds = 40;
  std::vector<RunPlan> plans;
  for (std::int64_t seed = kFirst; seed < kFirst + kSeeds; ++seed)
    for (const std::string& architecture : ptychography::architectures_of(profile.options))
      plans.push_back({.part = "event",
                       .cell = cell_named(profile, architecture + "-clip1-fixed"),
                       .weight_seed = seed,
                       .loader_seed = seed});
  return plans;
}

std::optional<Json> event_row(const Bench& bench, const RunPlan& plan) {
  const EventRun run = watch_event(bench, plan);
  if (run.stopped) return std::nullopt;
  Json row{{"cell", plan.cell.name},
           {"weight_seed", plan.weight_seed},
           {"loader_seed", plan.loader_seed},
           {"flat", run.death >= 0},
           {"death", run.death >= 0 ? Json(run.death) : Json(nullptr)},
           {"first_dead_map", run.first_dead_map},
           {"maps", maps_of(run)},
           {"replays", Json::array()},
           {"git_commit", build::git_commit()},
           {"git_dirty", build::git_dirty()}};
  if (run.death < 0 || run.first_dead_map == "nan") return row;
  for (const EventChange& change : event_changes(settings_of(bench.profile, plan)))
    for (const std::int64_t distance : event_distances()) {
      const std::optional<bool> saved = survives(bench, plan, run, distance, change);
      if (training::StopSignal::received() != 0) return std::nullopt;
      if (saved) row["replays"].push_back({{"change", change.name}, {"from", distance}, {"saved", *saved}});
    }
  return row;
}

}  // namespace fno::stage_a
