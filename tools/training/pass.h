#pragma once

#include <array>
#include <string_view>

#include "framework/names.h"

namespace fno::training {

/// The parts of a training step.
enum class Pass {
  forward,   ///< network and loss
  backward,  ///< the reverse pass, with what activation checkpointing computes again
  update,    ///< norm of the gradient, clipping, optimiser
};
inline constexpr std::array kPasses{Pass::forward, Pass::backward, Pass::update};

}  // namespace fno::training

template <>
inline constexpr std::array<std::string_view, 3> fno::kNames<fno::training::Pass>{"forward", "backward", "update"};
