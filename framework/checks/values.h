#pragma once

#include <vector>

#include "framework/tensor/random.h"
#include "framework/tensor/tensor.h"

namespace fno::checks {

/// All values of a tensor of any type in double; complex numbers as pairs.
[[nodiscard]] std::vector<double> host_values(const Tensor& tensor);

/// Values as a tensor of a real or complex type; of a complex one as pairs.
[[nodiscard]] Tensor tensor_of(const std::vector<double>& values, const Shape& shape, Dtype dtype,
                               const Device& device);

/// Standard normal values of any real or complex type, the same in every precision up to rounding.
[[nodiscard]] Tensor normal_tensor(Random& random, const Shape& shape, Dtype dtype, const Device& device);

/// Uniform values in [low, high).
[[nodiscard]] Tensor uniform_tensor(Random& random, const Shape& shape, double low, double high, Dtype dtype,
                                    const Device& device);

[[nodiscard]] double dot(const std::vector<double>& a, const std::vector<double>& b);

/// Half the distance from 1 to the next number: the most that rounding changes a number by, relative to it.
[[nodiscard]] double unit_roundoff(Dtype dtype);

/// ‖actual - expected‖ / ‖expected‖; where nothing is expected ‖actual‖. Infinite for NaN and for another length.
[[nodiscard]] double relative_error(const std::vector<double>& actual, const std::vector<double>& expected);

}  // namespace fno::checks
