#pragma once

#include <optional>
#include <vector>

#include "framework/autograd/parameter.h"
#include "framework/names.h"

namespace fno {

enum class OptimizerKind {
  adam,   ///< Kingma and Ba 2015; weight decay is added to the gradient
  adamw,  ///< Loshchilov and Hutter 2019; weights are scaled by 1 - rate·decay first
  sgd,    ///< with momentum u = μu + g; Nesterov's step if asked for
};
template <>
inline constexpr std::array<std::string_view, 3> kNames<OptimizerKind>{"adam", "adamw", "sgd"};

struct OptimizerSettings {
  OptimizerKind kind = OptimizerKind::adam;
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-8;
  double momentum = 0.9;
  bool nesterov = true;  ///< acts only with momentum > 0
  double weight_decay = 0;
};

/// Updates parameters from their gradients, one fused pass on the device. Complex weights are pairs of reals.
/// A parameter without a gradient is left alone.
class Optimizer {
 public:
  Optimizer(std::vector<Parameter> parameters, OptimizerSettings settings);

  /// The learning rate in force, read by every later step.
  void set_rate(double rate) { rate_ = rate; }
  /// 0 before the first set_rate.
  [[nodiscard]] double rate() const { return rate_.value_or(0); }
  [[nodiscard]] std::int64_t steps() const { return steps_; }
  [[nodiscard]] const OptimizerSettings& settings() const { return settings_; }
  [[nodiscard]] const std::vector<Parameter>& parameters() const { return parameters_; }

  /// One update. `grad_factor` (one float64 on the device, or undefined for 1) multiplies the gradients on the way in.
  /// Errors: config without a rate: a network that never learns would look like one.
  void step(const Tensor& grad_factor = {});
  void zero_grad() const;

  /// First and second moments by parameter (undefined where the rule has none), for checkpoints.
  [[nodiscard]] const std::vector<Tensor>& first_moments() const { return m_; }
  [[nodiscard]] const std::vector<Tensor>& second_moments() const { return v_; }
  void restore(std::int64_t steps, std::vector<Tensor> m, std::vector<Tensor> v);

 private:
  std::vector<Parameter> parameters_;
  OptimizerSettings settings_;
  std::optional<double> rate_;
  std::int64_t steps_ = 0;
  std::vector<Tensor> m_, v_;
};

}  // namespace fno
