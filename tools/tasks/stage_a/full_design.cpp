#include "tools/tasks/stage_a/full_design.h"

namespace fno::stage_a {
namespace {

constexpr int kFirstEpochs = 10;
constexpr std::int64_t kLoaderSeed = 42;

struct Arm {
  const char *name, *cell;
  Changes settings;
  std::optional<int> epochs = kFirstEpochs;
  const char* begins_as = "";
};

Changes constant(const char* rate) { return {{"optim.learning_rate", rate}, {"optim.scheduler", "Default"}}; }

Changes plan() {
  return {{"optim.learning_rate", "5e-4"},
          {"optim.scheduler", "WarmupCosine"},
          {"optim.lr_warmup_epochs", "5"},
          {"optim.lr_min_ratio", "0.05"},
          {"optim.schedule_mode", "stepped"}};
}

constexpr const char *kStable = "stable_hybrid-noclip-batch", *kPlan = "plan", *kPublished = "constant-1e-3";

Arm published() { return {.name = kPublished, .cell = kStable, .settings = constant("1e-3")}; }
Arm half() { return {.name = "constant-5e-4", .cell = kStable, .settings = constant("5e-4")}; }
Arm planned() { return {.name = kPlan, .cell = kStable, .settings = plan()}; }

std::vector<Arm> whole_arms() {
  return {{.name = "plan-whole", .cell = kStable, .settings = plan(), .epochs = {}, .begins_as = kPlan},
          {.name = "control-whole", .cell = "hybrid-clip1-batch", .settings = constant("1e-3"), .epochs = {}},
          {.name = "constant-1e-3-whole",
           .cell = kStable,
           .settings = constant("1e-3"),
           .epochs = {},
           .begins_as = kPublished}};
}

Arm remedy() { return {.name = "remedy", .cell = "stable_hybrid-noclip-fixed", .settings = constant("1e-3")}; }

}  // namespace

const std::vector<std::string>& full_arms() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all{published().name, half().name, planned().name};
    for (const Arm& arm : whole_arms()) all.emplace_back(arm.name);
    all.emplace_back(remedy().name);
    return all;
  }();
  return names;
}

std::vector<FullRun> full_design(const StudyProfile& profile) {
  std::vector<FullRun> runs;
  const auto add = [&](const Arm& arm, std::int64_t seed) {
    const RunPlan plan{.part = "full",
                       .cell = cell_named(profile, arm.cell),
                       .change = {.name = arm.name, .factor = "arm", .settings = arm.settings},
                       .weight_seed = seed,
                       .loader_seed = kLoaderSeed};
    runs.push_back({plan, arm.epochs, arm.begins_as});
  };
  const std::vector<std::int64_t>& seeds = profile.seeds;
  for (std::size_t i = 0; i < seeds.size(); i += 2) {
    const std::size_t end = std::min(i + 2, seeds.size());
    for (std::size_t k = i; k < end; ++k) {
      add(published(), seeds[k]);
      add(planned(), seeds[k]);
    }
    for (std::size_t k = i; k < end; ++k) add(half(), seeds[k]);
  }
  for (const Arm& arm : whole_arms()) add(arm, seeds.front());
  for (const std::int64_t seed : seeds) add(remedy(), seed);
  return runs;
}

}  // namespace fno::stage_a
