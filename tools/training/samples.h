#pragma once

#include <cstdint>
#include <span>

#include "framework/tensor/shape.h"

namespace fno::training {

/// Samples in ordinary memory, of whatever task; not owned.
struct SampleSource {
  std::int64_t samples = 0;
  Shape x_shape, y_shape;         ///< of a batch of one: (1, channels, n…)
  std::span<const float> x = {};  ///< (samples, channels, n…)
  std::span<const float> y = {};  ///< likewise; empty: the target is the input
};

}  // namespace fno::training
