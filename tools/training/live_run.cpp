#include "tools/training/live_run.h"

#include "tools/settings/toml_file.h"

namespace fno::training {
namespace {

std::uint64_t seed_of(const settings::Settings& settings) { return static_cast<std::uint64_t>(settings.run.seed); }

}  // namespace

LiveRun::LiveRun(std::unique_ptr<Task> made, std::optional<int> epochs)
    : task(std::move(made)),
      network(task->model(), task->device(), seed_of(settings())),
      around(task->trained_as(network.model)),
      optimizer(network.store.parameters(), settings().optim.optimizer),
      schedule(settings().optim.schedule),
      clip(settings().optim.clip),
      loader(task->source(), task->training_samples(), settings().optim.batch_size,
             static_cast<std::uint64_t>(settings().train.loader_seed.value_or(settings().run.seed)), task->device(),
             settings().train.short_last_batch == settings::ShortLastBatch::drop),
      validation(task->validation(network.model)),
      trainer({around ? *around : network.model, optimizer, schedule, clip, loader, validation.get()},
              {.epochs = epochs.value_or(settings().optim.schedule.epochs),
               .loss = task->loss(),
               .log_grad_norm = settings().train.log_grad_norm,
               .grad_norm_log_freq = settings().train.grad_norm_log_freq,
               .skip_bad_steps = settings().train.skip_bad_steps}) {}

Checkpoint LiveRun::capture() const {
  Checkpoint checkpoint{.model = task->model(),
                        .settings = settings::to_toml(settings()),
                        .seed = seed_of(settings()),
                        .data = {},
                        .infer_batch_size = settings().train.infer_batch_size,
                        .weights = {},
                        .first = {},
                        .second = {},
                        .kept = task->kept(),
                        .training = {}};
  for (const Manifest::DataFile& file : task->data_files()) checkpoint.data[file.role] = file.sha256;
  training::capture(checkpoint, network.store, optimizer, schedule, state());
  return checkpoint;
}

void LiveRun::restore(const Checkpoint& from, const std::string& path) {
  restore_weights(from, network.store, path);
  restore_training(from, optimizer, schedule, trainer);
}

}  // namespace fno::training
