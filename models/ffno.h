#pragma once

#include "models/blocks.h"
#include "models/lifter.h"
#include "models/model.h"
#include "models/output_head.h"

namespace fno {

/// The factorised spectral operator: the sum of a 1-D spectral convolution along each of the two grid axes, on the
/// first min(m, L/2+1) frequencies. Weights NAME.weights_y (vertical axis) and NAME.weights_x, (m, Ci, Co) complex
/// each. Source: Tran et al., Factorized Fourier Neural Operators, ICLR 2023.
class FactorisedSpectral {
 public:
  FactorisedSpectral(ParameterStore& store, const std::string& name, int channels, int modes);
  /// (B, C, H, W) → the same.
  [[nodiscard]] Var operator()(const Var& x) const;

 private:
  int modes_;
  Var weights_y_, weights_x_;
};

/// `ffno`: lifter; n blocks; `cnn_blocks` refiners x + Conv3×3(GELU(Conv3×3(x))); the head.
/// Source: Stage A specification, section 4.7. Parameters lifter.*, spectral.weights_{y,x}, gate,
/// encoder_blocks.{i}.{norm,mlp.0,mlp.2}, cnn_blocks.{k}.{0,2}, output_proj.
class FfnoModel : public Model {
 public:
  FfnoModel(ParameterStore& store, const NetworkConfig& config);
  [[nodiscard]] Var forward(const Var& x) const override;

 private:
  Lifter lifter_;
  std::vector<Block> blocks_;
  std::vector<ConvLayer> refine1_, refine2_;
  std::optional<OutputHead> head_;
};

}  // namespace fno
