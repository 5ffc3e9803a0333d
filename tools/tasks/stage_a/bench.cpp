#include "tools/tasks/stage_a/bench.h"

#include <nlohmann/json.hpp>

#include "tools/files/sha256.h"
#include "tools/tasks/ptychography/task.h"
#include "tools/training/device.h"

namespace fno::stage_a {
namespace {

settings::ProbeGain gain_of(const settings::Settings& settings) {
  return settings::probe_gain(settings.train.probe_gain).value();
}

ptychography::ArmPlace place_of(const StudyProfile& profile) {
  return {.train = "train.npz", .test = "test.npz", .validation = std::nullopt, .run = profile.options.output_dir};
}

OptimizerSettings with(OptimizerSettings settings, const Departure& departure) {
  if (departure.eps) settings.eps = *departure.eps;
  return settings;
}

}  // namespace

Bench::Bench(const StudyProfile& p, const Device& where, const std::string& folder)
    : profile(p),
      device(where),
      paths(ensure_dataset(p.data, folder, cpu_threads(p.options.threads))),
      training(ptychography::read_dataset(paths.train)),
      test(ptychography::read_dataset(paths.test)),
      scan(test),
      constant(score_constant(scan.truth())) {
  const ptychography::Physics physics(training, {}, device);
  std::string notice;
  (void)gate(training, physics, device, notice);
  (void)gate(test, physics, device, notice);
}

StudyTask::StudyTask(const Bench& bench, const settings::Settings& settings)
    : bench_(bench),
      settings_(settings),
      physics_(bench.training, gain_of(settings), bench.device),
      description_{settings.model} {
  description_.config.points = bench.training.N;
  description_.config.channels = bench.training.C;
}

training::LossFunction StudyTask::loss() const {
  return physics_loss(physics_, settings_.train.loss, bench_.training.metadata.intensity_scale.value_or(1));
}

training::Json StudyTask::effective() const {
  const settings::ProbeGain& gain = physics_.gain_rule();
  return {{"probe_gain", gain.batch ? training::Json("batch") : training::Json(gain.fixed)},
          {"data_sha256", bench_.training.sha256}};
}

settings::Settings settings_of(const StudyProfile& profile, const RunPlan& plan, const Changes& more) {
  std::vector<settings::Request> requests;
  const auto add = [&](const Changes& changes) {
    for (const auto& [key, value] : changes) requests.push_back(ptychography::request(key, value));
  };
  add(plan.cell.settings);
  add({{"train.loader_seed", std::to_string(plan.loader_seed)}});
  add(plan.change.settings);
  add(more);
  return arm_settings(profile.options, plan.cell.architecture, plan.weight_seed, place_of(profile), requests);
}

LiveRun::LiveRun(const Bench& b, const settings::Settings& s, const Departure& departure)
    : bench(b),
      settings(s),
      task(bench, settings),
      network(task.model(), bench.device, static_cast<std::uint64_t>(settings.run.seed)),
      optimizer(network.store.parameters(), with(settings.optim.optimizer, departure)),
      schedule(settings.optim.schedule),
      clip(settings.optim.clip),
      loader(task.source(), task.training_samples(), settings.optim.batch_size,
             static_cast<std::uint64_t>(settings.train.loader_seed.value_or(settings.run.seed)), bench.device,
             settings.train.short_last_batch == settings::ShortLastBatch::drop) {
  const auto epochs = settings.optim.schedule.epochs;
  validation =
      std::make_unique<StudyValidation>(StudyValidation::Parts{.model = network.model,
                                                               .test = bench.test,
                                                               .scan = bench.scan,
                                                               .loss = task.loss(),
                                                               .batch_size = settings.optim.batch_size,
                                                               .device = bench.device,
                                                               .batch_stride = bench.profile.batch_stride,
                                                               .full_scan_every = bench.profile.full_scan_every,
                                                               .epochs = epochs});
  trainer = std::make_unique<training::Trainer>(
      training::TrainerParts{network.model, optimizer, schedule, clip, loader, validation.get()},
      training::TrainerOptions{.epochs = departure.epochs.value_or(epochs), .loss = task.loss()});
}

void LiveRun::restore(const training::Checkpoint& from) {
  training::restore_weights(from, network.store, "snapshot");
  training::restore_training(from, optimizer, schedule, *trainer);
}

std::string LiveRun::weights_sha256() const {
  std::vector<std::byte> all;
  for (const Parameter& p : network.store.parameters()) {
    const Tensor value = is_complex(p.var.dtype()) ? p.var.value().as_real() : p.var.value();
    const std::vector<float> host = value.to_host<float>();
    const auto bytes = std::as_bytes(std::span(host));
    all.insert(all.end(), bytes.begin(), bytes.end());
  }
  return sha256_hex(all);
}

}  // namespace fno::stage_a
