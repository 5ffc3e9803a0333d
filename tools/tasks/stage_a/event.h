#pragma once

#include <map>
#include <memory>

#include "tools/tasks/stage_a/layer_probe.h"
#include "tools/tasks/stage_a/runner.h"

namespace fno::stage_a {

/// A run of the part `event`, looked at after every update until it is three epochs old, or dead for kAfterDeath.
struct EventRun {
  bool stopped = false;        ///< by a signal: it counts for nothing
  std::int64_t death = -1;     ///< updates after which the output no longer depends on the input, to stay so; -1: never
  std::string first_dead_map;  ///< at that moment, where the path is cut
  std::vector<std::string> maps;           ///< into a GELU, in order
  std::vector<std::vector<double>> sigma;  ///< of each look, of each map
  std::vector<std::vector<double>> dead;   ///< likewise the share of units below -4 everywhere
  std::vector<double> loss;                ///< of each step
  /// States up to kBack updates before the death, by the number of updates done.
  std::map<std::int64_t, std::shared_ptr<const training::Checkpoint>> states;
};

/// One change with which the last steps before a death are played again.
struct EventChange {
  std::string name;
  double rate = 1;           ///< factor on the learning rate
  bool zero_first = false;   ///< Adam's first moment is forgotten once
  bool zero_second = false;  ///< and its second
  std::optional<double> eps = {};
  std::optional<double> clip = {};  ///< by norm; 0 is off
};

constexpr int kEventEpochs = 3;
constexpr std::int64_t kAfterDeath = 16;  ///< updates behind the death up to which a run and its replays are followed
/// Where replays begin: so many updates before the death.
[[nodiscard]] const std::vector<std::int64_t>& event_distances();
[[nodiscard]] std::vector<EventChange> event_changes(const settings::Settings& settings);

/// Errors: numeric ends a run like a death at its last step.
[[nodiscard]] EventRun watch_event(const Bench& bench, const RunPlan& plan);

/// Whether the output still depends on the input kAfterDeath updates after the death when the run goes on from
/// `distance` updates before it with a change; nothing if a signal came between, or the run is younger than that.
[[nodiscard]] std::optional<bool> survives(const Bench& bench, const RunPlan& plan, const EventRun& run,
                                           std::int64_t distance, const EventChange& change);

/// Seeds from 20260160 on in a cell of each architecture (clip 1.0, fixed gain), weights and order of one seed.
[[nodiscard]] std::vector<RunPlan> plan_events(const StudyProfile& profile);

/// The line of events.jsonl: what, death, first_dead_map, of each map σ at the start, at the death (or the end) and the
/// update at which σ first was ten times that of the start (grown), of each change by distance whether it saved.
[[nodiscard]] std::optional<training::Json> event_row(const Bench& bench, const RunPlan& plan);

}  // namespace fno::stage_a
