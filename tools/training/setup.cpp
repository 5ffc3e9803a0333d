#include "tools/training/setup.h"

namespace fno::training {

OptimizerSettings optimizer_settings(const settings::Settings& settings) {
  const settings::OptimSettings& optim = settings.optim;
  OptimizerSettings result{
      .beta1 = optim.beta1, .beta2 = optim.beta2, .momentum = optim.momentum, .weight_decay = optim.weight_decay};
  switch (optim.optimizer) {
    case settings::Optimizer::adam: result.kind = OptimizerKind::adam; break;
    case settings::Optimizer::adamw: result.kind = OptimizerKind::adamw; break;
    case settings::Optimizer::sgd: result.kind = OptimizerKind::sgd; break;
  }
  return result;
}

ScheduleSettings schedule_settings(const settings::Settings& settings) {
  const settings::OptimSettings& optim = settings.optim;
  ScheduleSettings result{.base = optim.learning_rate,
                          .epochs = static_cast<int>(optim.epochs),
                          .warmup = static_cast<int>(optim.lr_warmup_epochs),
                          .min_ratio = optim.lr_min_ratio,
                          .factor = optim.plateau_factor,
                          .patience = static_cast<int>(optim.plateau_patience),
                          .min_rate = optim.plateau_min_lr,
                          .threshold = optim.plateau_threshold,
                          .frozen = optim.schedule_mode == settings::ScheduleMode::frozen_first_value};
  switch (optim.scheduler) {
    case settings::Scheduler::constant: result.kind = ScheduleKind::constant; break;
    case settings::Scheduler::exponential: result.kind = ScheduleKind::exponential; break;
    case settings::Scheduler::warmup_cosine: result.kind = ScheduleKind::warmup_cosine; break;
    case settings::Scheduler::reduce_on_plateau: result.kind = ScheduleKind::plateau; break;
  }
  return result;
}

ClipSettings clip_settings(const settings::Settings& settings) {
  ClipSettings result{.value = settings.optim.grad_clip};
  switch (settings.optim.gradient_clip_algorithm) {
    case settings::ClipAlgorithm::norm: result.rule = ClipRule::norm; break;
    case settings::ClipAlgorithm::value: result.rule = ClipRule::value; break;
    case settings::ClipAlgorithm::agc: result.rule = ClipRule::agc; break;
    case settings::ClipAlgorithm::agc_unit: result.rule = ClipRule::agc_unit; break;
  }
  return result;
}

}  // namespace fno::training
