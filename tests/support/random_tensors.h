#pragma once

#include "framework/tensor/random.h"
#include "framework/tensor/tensor.h"

namespace fno::test {

/// Standard normal values of any real or complex type, the same in every precision up to rounding.
[[nodiscard]] Tensor normal_tensor(Random& random, Shape shape, Dtype dtype, const Device& device);

/// Uniform values in [low, high).
[[nodiscard]] Tensor uniform_tensor(Random& random, Shape shape, double low, double high, Dtype dtype,
                                    const Device& device);

}  // namespace fno::test
