#pragma once

#include <cstdint>

#include "models/model.h"
#include "tools/training/model_description.h"

namespace fno::operators {

/// What a network that answers the next state makes of the last ones: it is applied to its own answers, step after
/// step, differentiable through all of them.
///
/// states   (B, history·c, n…), the oldest first, as the network sees them: each channel without its mean, divided by
/// its
///          unit. `history` is that of the network's ModelDescription, at least 1.
/// scaling  of the network's output, one a channel.
/// result   (B, steps·c, n…): the states after them, each before the next, as the network gives them.
/// Errors: config, for states of other channels, or no steps.
[[nodiscard]] Var roll_out(const Model& model, std::int64_t history, const training::ChannelScaling& scaling,
                           const Var& states, std::int64_t steps);

/// roll_out as a model of its own. The model and its scaling are owned elsewhere.
class RollOut : public Model {
 public:
  RollOut(const Model& model, std::int64_t history, const training::ChannelScaling& scaling, std::int64_t steps)
      : model_(model), scaling_(scaling), history_(history), steps_(steps) {}
  [[nodiscard]] Var forward(const Var& x) const override { return roll_out(model_, history_, scaling_, x, steps_); }

 private:
  const Model& model_;
  const training::ChannelScaling& scaling_;
  std::int64_t history_, steps_;
};

/// The trivial answer that nothing changes: the last state, whatever came before.
class Persistence : public Model {
 public:
  explicit Persistence(std::int64_t channels) : channels_(channels) {}
  [[nodiscard]] Var forward(const Var& x) const override;

 private:
  std::int64_t channels_;
};

}  // namespace fno::operators
