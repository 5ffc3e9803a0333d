#include "optim/optimizer.h"

#include <cmath>

#include "framework/scope.h"
#include "optim/slots.h"

namespace fno {

Optimizer::Optimizer(std::vector<Parameter> parameters, OptimizerSettings settings)
    : parameters_(std::move(parameters)), settings_(settings), m_(parameters_.size()), v_(parameters_.size()) {
  require<ErrorKind::config>(!parameters_.empty(), "optimizer: no parameters");
  const bool adaptive = settings_.kind != OptimizerKind::sgd;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const Tensor& p = parameters_[i].var.value();
    require<ErrorKind::config>(
        real_of(p.dtype()) == real_of(parameters_[0].var.dtype()) && p.device() == parameters_[0].var.device(),
        "optimizer: ", parameters_[i].name, " has another precision or device than the rest: ", p);
    if (adaptive || settings_.momentum > 0) m_[i] = Tensor::zeros(p.shape(), p.dtype(), p.device());
    if (adaptive) v_[i] = Tensor::zeros(p.shape(), p.dtype(), p.device());
  }
}

void Optimizer::step(const Tensor& grad_factor) {
  require<ErrorKind::config>(rate_.has_value(), "optimizer: no learning rate; set_rate comes before step");
  const Scope scope("optimiser");
  const Device device = parameters_[0].var.device();
  const double* factor = grad_factor.defined() ? grad_factor.data<double>() : nullptr;
  ++steps_;
  with_real(parameters_[0].var.dtype(), [&]<class T>(T) {
    std::vector<ParameterSlot<T>> slots;
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      if (!parameters_[i].var.has_grad()) continue;
      for (const Tensor& moment : {m_[i], v_[i]})
        require<ErrorKind::config>(!moment.defined() || moment.dtype() == parameters_[i].var.dtype(),
                                   "optimizer: ", parameters_[i].name, " is ", parameters_[i].var.value(),
                                   " by now, its moments are ", moment);
      ParameterSlot<T> slot = slot_of<T>(parameters_[i]);
      if (m_[i].defined()) slot.m = m_[i].data<T>();
      if (v_[i].defined()) slot.v = v_[i].data<T>();
      parameters_[i].var.value().overwritten();
      slots.push_back(slot);
    }
    if (settings_.kind == OptimizerKind::sgd) {
      device.run(SgdStep<T>{.slots = slots,
                            .rate = *rate_,
                            .momentum = settings_.momentum,
                            .weight_decay = settings_.weight_decay,
                            .nesterov = settings_.nesterov && settings_.momentum > 0,
                            .first = steps_ == 1,
                            .grad_factor = factor});
    } else {
      const auto t = static_cast<double>(steps_);
      device.run(AdamStep<T>{.slots = slots,
                             .rate = *rate_,
                             .beta1 = settings_.beta1,
                             .beta2 = settings_.beta2,
                             .eps = settings_.eps,
                             .weight_decay = settings_.weight_decay,
                             .bias1 = 1 - std::pow(settings_.beta1, t),
                             .bias2 = 1 - std::pow(settings_.beta2, t),
                             .decoupled = settings_.kind == OptimizerKind::adamw,
                             .grad_factor = factor});
    }
  });
}

void Optimizer::zero_grad() const {
  for (const Parameter& p : parameters_) p.var.zero_grad();
}

void Optimizer::restore(std::int64_t steps, std::vector<Tensor> m, std::vector<Tensor> v) {
  require<ErrorKind::checkpoint>(m.size() == m_.size() && v.size() == v_.size(), "optimizer state: ", m.size(),
                                 " moments for ", m_.size(), " parameters");
  for (std::size_t i = 0; i < m.size(); ++i) {
    const auto fits = [](const Tensor& now, const Tensor& stored) {
      return now.defined() == stored.defined() &&
             (!now.defined() || (now.shape() == stored.shape() && now.dtype() == stored.dtype()));
    };
    require<ErrorKind::checkpoint>(fits(m_[i], m[i]) && fits(v_[i], v[i]), "optimizer state: the moments of ",
                                   parameters_[i].name, " do not fit");
  }
  steps_ = steps;
  m_ = std::move(m);
  v_ = std::move(v);
}

}  // namespace fno
