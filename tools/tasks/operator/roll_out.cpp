#include "tools/tasks/operator/roll_out.h"

#include <algorithm>
#include <vector>

#include "framework/error.h"
#include "framework/ops/elementwise.h"
#include "framework/ops/shape.h"

namespace fno::operators {
namespace {

// An answer as the network would see it. The scalings are the same but for constant channels, whose answer stands for
// their mean whatever it is.
Var as_input(const Var& answer, const training::ChannelScaling& scaling) {
  if (std::ranges::all_of(scaling.deviation, [](double d) { return d > 0; })) return answer;
  std::vector<float> varies;
  for (const double d : scaling.deviation) varies.push_back(d > 0 ? 1.f : 0.f);
  Shape shape = answer.shape();
  for (int axis = 0; axis < shape.rank(); ++axis) shape[axis] = axis == 1 ? std::ssize(varies) : 1;
  return answer * Var(Tensor::from(varies, shape, answer.device()));
}

}  // namespace

Var roll_out(const Model& model, std::int64_t history, const training::ChannelScaling& scaling, const Var& states,
             std::int64_t steps) {
  const auto channels = static_cast<std::int64_t>(scaling.mean.size());
  const std::int64_t inputs = history * channels;
  require<ErrorKind::config>(history >= 1 && states.shape(1) == inputs, "roll-out: found states ", states.shape(),
                             ", accepted: ", history, " states of ", channels, " channels each, at least one");
  require<ErrorKind::config>(steps >= 1, "roll-out: found ", steps, " steps, accepted: at least 1");
  Var last = states;
  std::vector<Var> answers;
  for (std::int64_t step = 0; step < steps; ++step) {
    answers.push_back(model.forward(last));
    if (step + 1 == steps) break;
    const Var next = as_input(answers.back(), scaling);
    last = inputs == channels ? next : concat({slice(last, 1, channels, inputs), next}, 1);
  }
  return answers.size() == 1 ? answers.front() : concat(answers, 1);
}

Var Persistence::forward(const Var& x) const { return slice(x, 1, x.shape(1) - channels_, x.shape(1)); }

}  // namespace fno::operators
