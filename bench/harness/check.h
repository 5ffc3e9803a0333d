#pragma once

#include <string>

#include "framework/tensor/tensor.h"

namespace fno::bench {

/// A number computed before timing, for comparison with another program that computes the same: the norm of an array
/// and its product with noise of the same shape (for a loss: the loss, twice).
struct Check {
  std::string name;
  double norm, projection;
};

/// The check of a float32 or complex64 array, against the noise of `name`.
[[nodiscard]] Check check_of(const std::string& name, const Tensor& tensor);

/// ‖got - exact‖/‖exact‖ of a float32 (complex64) and a float64 (complex128) array of one shape; NaN where one is.
[[nodiscard]] double relative_error(const Tensor& got, const Tensor& exact);

}  // namespace fno::bench
