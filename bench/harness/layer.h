#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/harness/work.h"

namespace fno::bench {

/// One Fourier layer with parameters and inputs of noise, as the benchmark and the profile of kernels call it: the
/// spectral operator alone, the layer forward with its local convolution and GELU, or as a stable block, and the layer
/// forward and backward.
class Layer {
 public:
  Layer(const LayerShape& shape, int sets, const Device& device, Dtype real);

  /// "operator", "forward" or "train" with the inputs of this call: they take turns.
  [[nodiscard]] Tensor call(const std::string& kind, std::size_t call) const;
  /// What a call with the first inputs computes, by name.
  [[nodiscard]] std::vector<std::pair<std::string, Tensor>> results(const std::string& kind) const;

 private:
  [[nodiscard]] Var forward(const Var& x) const;
  void forget_gradients() const;

  LayerShape shape_;
  std::shared_ptr<const ModeSet> modes_;
  std::vector<Var> x_;
  std::vector<Tensor> dy_;
  Var spectral_, conv_, bias_, gamma_, beta_, gate_;
};

}  // namespace fno::bench
