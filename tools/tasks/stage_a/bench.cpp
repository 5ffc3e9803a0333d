#include "tools/tasks/stage_a/bench.h"

#include "tools/training/device.h"

namespace fno::stage_a {

Bench::Bench(const StudyProfile& p, const Device& where, const std::string& folder) : profile(p), device(where) {
  const ptychography::DatasetPaths paths = ensure_dataset(p.data, folder, use_cpu(p.options));
  const settings::Settings any = arm_settings(p.options, ptychography::architectures_of(p.options).front(), 0,
                                              {.train = paths.train, .test = paths.test});
  data = std::make_shared<const ptychography::RunData>(any);
  if (!any.own<ptychography::PtychographySettings>().no_gate)
    data->pass_gate({data->training, {}, device}, device, [](const std::string&) {});
}

std::unique_ptr<training::Task> Bench::task(settings::Settings settings) const {
  return std::make_unique<ptychography::PtychographyTask>(std::move(settings), device, data, profile.pace);
}

settings::Settings settings_of(const StudyProfile& profile, const RunPlan& plan, const Changes& more,
                               const ptychography::ArmPlace& place) {
  std::vector<settings::Request> requests;
  const auto add = [&](const Changes& changes) {
    for (const auto& [key, value] : changes) requests.push_back(ptychography::request(key, value));
  };
  add(plan.cell.settings);
  add({{"train.loader_seed", std::to_string(plan.loader_seed)}});
  add(plan.change.settings);
  add(more);
  return arm_settings(profile.options, plan.cell.architecture, plan.weight_seed, place, requests);
}

}  // namespace fno::stage_a
