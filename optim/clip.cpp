#include "optim/clip.h"

#include "framework/scope.h"
#include "optim/slots.h"

namespace fno {
namespace {

// Calls f(slots, device) in the precision of the parameters, unless none has a gradient.
template <class F>
void with_slots(const std::vector<Parameter>& parameters, F&& f) {
  for (const Parameter& p : parameters) {
    if (!p.var.has_grad()) continue;
    const Device device = p.var.device();
    with_real(p.var.dtype(), [&]<class T>(T) { f(slots_of<T>(parameters), device); });
    return;
  }
}

}  // namespace

Tensor grad_norm(const std::vector<Parameter>& parameters) {
  const Scope scope("clip");
  Tensor norm;
  with_slots(parameters, [&]<class T>(const std::vector<ParameterSlot<T>>& slots, const Device& device) {
    norm = Tensor(Shape{}, Dtype::float64, device);
    device.run(GradNorm<T>{.slots = slots, .norm = norm.data<double>()});
  });
  return norm;
}

Tensor GradientClip::apply(const std::vector<Parameter>& parameters, const Tensor& norm) const {
  Tensor factor;
  if (!active()) return factor;
  const Scope scope("clip");
  with_slots(parameters, [&]<class T>(const std::vector<ParameterSlot<T>>& slots, const Device& device) {
    switch (settings_.rule) {
      case ClipRule::norm: {
        const Tensor of_all = norm.defined() ? norm : grad_norm(parameters);
        factor = Tensor(Shape{}, Dtype::float64, device);
        device.run(
            NormFactor{.norm = of_all.data<double>(), .factor = factor.data<double>(), .max_norm = settings_.value});
        break;
      }
      case ClipRule::value: device.run(ClampGrad<T>{.slots = slots, .value = settings_.value}); break;
      case ClipRule::agc:
      case ClipRule::agc_unit:
        device.run(AdaptiveClip<T>{
            .slots = slots, .factor = settings_.value, .eps = 1e-3, .per_unit = settings_.rule == ClipRule::agc_unit});
        break;
    }
  });
  return factor;
}

}  // namespace fno
