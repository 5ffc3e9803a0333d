#pragma once

#include <span>
#include <string_view>

#include "framework/autograd/var.h"

namespace fno::ptychography {

/// A loss of --loss: predicted against measured amplitudes.
struct Loss {
  std::string_view name;
  /// `counts`: the data's κ, 1 where they do not say.
  Var (*op)(const Var& amplitude, const Var& measured, double counts);
  bool known_floor;             ///< it is known what a constant object scores (CollapseLimits)
  const char *formula, *words;  ///< as the page of a run defines it
};

/// All there are: a line each in losses.cpp.
[[nodiscard]] std::span<const Loss> losses();
/// Errors: config, if there is no such loss.
[[nodiscard]] const Loss& loss_named(std::string_view name);

}  // namespace fno::ptychography
