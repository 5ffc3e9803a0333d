#include "models/output_head.h"

#include <numbers>

#include "framework/ops/elementwise.h"
#include "framework/ops/shape.h"
#include "framework/scope.h"
#include "models/lifter.h"
#include "models/observer.h"

namespace fno {

Var from_polar(const Var& amplitude, const Var& phase) {
  return concat({amplitude * apply(UnaryOp::cos, phase), amplitude * apply(UnaryOp::sin, phase)}, 1);
}

Var phase_of(const Var& x) { return affine(tanh(x), std::numbers::pi); }

OutputHead::OutputHead(ParameterStore& store, int width, int channels, OutputMode mode)
    : channels_(channels),
      mode_(mode),
      first_(store, mode == OutputMode::amp_phase ? "output_proj.amplitude" : "output_proj",
             conv1(width, mode == OutputMode::amp_phase ? channels : 2 * channels)) {
  if (mode == OutputMode::amp_phase) second_.emplace(store, "output_proj.phase", conv1(width, channels));
}

Var OutputHead::operator()(const Var& x) const {
  const Scope scope("output_proj");
  Var y = first_(x);
  if (mode_ == OutputMode::amp_phase)
    y = from_polar(sigmoid(y), phase_of((*second_)(x)));
  else if (mode_ == OutputMode::amp_phase_logits)
    y = from_polar(sigmoid(slice(y, 1, 0, channels_)), phase_of(slice(y, 1, channels_, 2 * channels_)));
  observe("output", "", y);
  return y;
}

}  // namespace fno
