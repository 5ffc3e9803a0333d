#include "tools/train/operator_setup.h"

#include "tools/train/loader.h"

namespace fno::train {

OperatorConfig operator_config(const config::Settings& settings, const OperatorData& data) {
  const config::ModelSettings& model = settings.model;
  return {.architecture = std::string(config::name_of(settings.run.architecture)),
          .dims = data.dims(),
          .in = static_cast<int>(data.inputs),
          .out = static_cast<int>(data.outputs),
          .width = static_cast<int>(model.fno_width),
          .modes = static_cast<int>(model.fno_modes.value()),
          .blocks = static_cast<int>(model.fno_blocks),
          .projection = static_cast<int>(model.fno_projection),
          .spectral = mode_convention(config::name_of(model.spectral)),
          .stable_form = stable_form(config::name_of(model.stable_form)),
          .layerscale_init = model.layerscale_init,
          .padding = model.domain_padding};
}

OptimizerSettings optimizer_settings(const config::Settings& settings) {
  const config::OptimSettings& optim = settings.optim;
  OptimizerSettings result{
      .beta1 = optim.beta1, .beta2 = optim.beta2, .momentum = optim.momentum, .weight_decay = optim.weight_decay};
  switch (optim.optimizer) {
    case config::Optimizer::adam: result.kind = OptimizerKind::adam; break;
    case config::Optimizer::adamw: result.kind = OptimizerKind::adamw; break;
    case config::Optimizer::sgd: result.kind = OptimizerKind::sgd; break;
  }
  return result;
}

ScheduleSettings schedule_settings(const config::Settings& settings) {
  const config::OptimSettings& optim = settings.optim;
  ScheduleSettings result{.base = optim.learning_rate,
                          .epochs = static_cast<int>(optim.epochs),
                          .warmup = static_cast<int>(optim.lr_warmup_epochs),
                          .min_ratio = optim.lr_min_ratio,
                          .factor = optim.plateau_factor,
                          .patience = static_cast<int>(optim.plateau_patience),
                          .min_rate = optim.plateau_min_lr,
                          .threshold = optim.plateau_threshold};
  switch (optim.scheduler) {
    case config::Scheduler::constant: result.kind = ScheduleKind::constant; break;
    case config::Scheduler::exponential: result.kind = ScheduleKind::exponential; break;
    case config::Scheduler::warmup_cosine: result.kind = ScheduleKind::warmup_cosine; break;
    case config::Scheduler::reduce_on_plateau: result.kind = ScheduleKind::plateau; break;
  }
  return result;
}

ClipSettings clip_settings(const config::Settings& settings) {
  ClipSettings result{.value = settings.optim.grad_clip};
  switch (settings.optim.gradient_clip_algorithm) {
    case config::ClipAlgorithm::norm: result.rule = ClipRule::norm; break;
    case config::ClipAlgorithm::value: result.rule = ClipRule::value; break;
    case config::ClipAlgorithm::agc: result.rule = ClipRule::agc; break;
    case config::ClipAlgorithm::agc_unit: result.rule = ClipRule::agc_unit; break;
  }
  return result;
}

ModelDescription describe_model(const config::Settings& settings, const OperatorData& data, std::int64_t training) {
  return {operator_config(settings, data), fit_scaling(data.x, training, data.inputs, data.points()),
          fit_scaling(data.y, training, data.outputs, data.points())};
}

void try_model(const Model& model, const OperatorData& data, const Device& device) {
  const NoGrad guard;
  Sweep one(data, 0, 1, 1, device);
  (void)model.forward(Var(one.batch(0).x));
}

}  // namespace fno::train
