#pragma once

#include <optional>
#include <vector>

#include "models/blocks.h"
#include "models/lifter.h"
#include "models/model.h"
#include "models/output_head.h"

namespace fno {

struct HybridConfig {
  bool stable = false;  ///< stable_hybrid: stable blocks in the encoder and the bottleneck
  int points = 64;      ///< N, the side of a patch
  int in = 1, out = 2;  ///< C and 2·C: real and imaginary parts
  int width = 32, modes = 12, blocks = 4;
  std::optional<int> max_hidden_channels;
  ModeConvention spectral = ModeConvention::corner;
  StableForm stable_form = StableForm::layerscale;
  double layerscale_init = 1e-3;
  OutputMode output_mode = OutputMode::real_imag;
  bool activation_checkpointing = false;  ///< Fourier blocks are computed again in the reverse pass
};

/// `hybrid` and `stable_hybrid`: lifter; n levels of a Fourier block, width doubling and 2x2 stride-2 down-sampling; a
/// bottleneck block with half the modes; up-sampling with skips and two 3x3 convolutions a level; a 1x1 head.
/// Source: Stage A specification, sections 4.3 and 4.4; parameter names 4.12; maps shown as models/observer.h lists
/// them. Errors: config if the depth does not fit N (N divisible by 2^(n-1); a stable last level needs more than one
/// point) or classic modes overlap at a level.
class HybridModel : public Model {
 public:
  HybridModel(ParameterStore& store, const HybridConfig& config);
  [[nodiscard]] Var forward(const Var& x) const override;

  /// Channels of each level.
  [[nodiscard]] static std::vector<int> channels(const HybridConfig& config);

 private:
  [[nodiscard]] Var block(std::size_t i, const Var& x) const;
  bool stable_;
  std::optional<Lifter> lifter_;
  std::vector<PtychoBlock> plain_blocks_;  // levels, then the bottleneck
  std::vector<StablePtychoBlock> stable_blocks_;
  std::vector<ConvLayer> down_;
  std::vector<ConvTransposeLayer> up_;
  std::vector<ConvLayer> decoder1_, decoder2_;
  std::optional<OutputHead> head_;
};

[[nodiscard]] ParameterCount count_parameters(const HybridConfig& config);

}  // namespace fno
