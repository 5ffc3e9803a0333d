#pragma once

#include <functional>
#include <string>
#include <vector>

#include "framework/autograd/var.h"

namespace fno::verify {

/// An op at inputs, to be asked for values and gradients.
struct Probe {
  std::string name;  ///< "conv 3x3, 3 to 5 channels on 12 x 10"
  std::function<Var(const std::vector<Var>&)> f;
  std::vector<Tensor> inputs;
  /// Terms of the longest sum behind one number of the result or of a gradient.
  double terms = 1;

  /// 1 + √terms: by how many unit roundoffs sums of terms of either sign are wrong, as in a random walk. Bounds are a
  /// small multiple of it.
  [[nodiscard]] double roundings() const;
};

/// Ops that are linear in each of their inputs while the others stand: every one there is, in the forms that have
/// kernels of their own. The same seed gives the same numbers on every device.
[[nodiscard]] std::vector<Probe> linear_probes(const Device& device, Dtype real, std::uint64_t seed);

/// All others, losses and fused blocks among them, at points where they are smooth.
[[nodiscard]] std::vector<Probe> smooth_probes(const Device& device, Dtype real, std::uint64_t seed);

}  // namespace fno::verify
