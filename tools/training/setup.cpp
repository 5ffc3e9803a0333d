#include "tools/training/setup.h"

namespace fno::training {

OptimizerSettings optimizer_settings(const settings::Settings& settings) {
  const settings::OptimSettings& optim = settings.optim;
  return {.kind = optim.optimizer,
          .beta1 = optim.beta1,
          .beta2 = optim.beta2,
          .momentum = optim.momentum,
          .weight_decay = optim.weight_decay};
}

ScheduleSettings schedule_settings(const settings::Settings& settings) {
  const settings::OptimSettings& optim = settings.optim;
  return {.kind = optim.scheduler,
          .base = optim.learning_rate,
          .epochs = static_cast<int>(optim.epochs),
          .warmup = static_cast<int>(optim.lr_warmup_epochs),
          .min_ratio = optim.lr_min_ratio,
          .factor = optim.plateau_factor,
          .patience = static_cast<int>(optim.plateau_patience),
          .min_rate = optim.plateau_min_lr,
          .threshold = optim.plateau_threshold,
          .frozen = optim.schedule_mode == settings::ScheduleMode::frozen_first_value};
}

ClipSettings clip_settings(const settings::Settings& settings) {
  return {.rule = settings.optim.gradient_clip_algorithm, .value = settings.optim.grad_clip};
}

}  // namespace fno::training
