#pragma once

#include <optional>
#include <vector>

#include "models/blocks.h"
#include "models/lifter.h"
#include "models/model.h"
#include "models/output_head.h"

namespace fno {

/// `hybrid` and `stable_hybrid`: lifter; n levels of a Fourier block, width doubling and 2x2 stride-2 down-sampling; a
/// bottleneck block with half the modes; up-sampling with skips and two 3x3 convolutions a level; a 1x1 head.
/// Source: Stage A specification, sections 4.3 and 4.4; parameter names 4.12; maps shown as models/observer.h lists
/// them. Errors: config if the depth does not fit N (N divisible by 2^(n-1); a stable last level needs more than one
/// point) or classic modes overlap at a level.
class HybridModel : public Model {
 public:
  HybridModel(ParameterStore& store, const NetworkConfig& config);
  [[nodiscard]] Var forward(const Var& x) const override;

  /// Channels of each level.
  [[nodiscard]] static std::vector<int> channels(const NetworkConfig& config);

 private:
  std::optional<Lifter> lifter_;
  std::vector<Block> blocks_;  // levels, then the bottleneck
  std::vector<ConvLayer> down_;
  std::vector<ConvTransposeLayer> up_;
  std::vector<ConvLayer> decoder1_, decoder2_;
  std::optional<OutputHead> head_;
};

}  // namespace fno
