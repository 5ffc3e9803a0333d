#pragma once

#include "models/blocks.h"
#include "models/lifter.h"
#include "models/model.h"
#include "models/output_head.h"

namespace fno {

/// x + g·F(x), F = reflect-pad · Conv3×3 · IN · GELU · reflect-pad · Conv3×3 · IN; the scalar g belongs to all blocks.
[[nodiscard]] Block resnet_block(ParameterStore& store, const std::string& name, int channels, const Var& gate,
                                 bool checkpointing);

/// `hybrid_resnet`: lifter; n >= 3 Fourier blocks, width doubling and halving of the grid after the first two; a 1×1 to
/// `resnet_width` where that differs; six ResNet blocks; two up-samplings ConvTranspose4×4 · IN · GELU, each halving
/// the width; the head. No skips. Source: Stage A specification, section 4.8. Parameters lifter.*,
/// encoder_blocks.{i}.*, downsample.{0,1}, adapter, resnet_gate, resnet_blocks.{i}.{conv1,norm1,conv2,norm2},
/// upsample.{j}, upsample.{j}.norm, output_proj; shows upsample.{j}.pre_gelu too. Errors: config if n < 3, N is no
/// multiple of 4 from 8 on, or the width of the ResNet blocks no multiple of 4.
class HybridResnetModel : public Model {
 public:
  HybridResnetModel(ParameterStore& store, const NetworkConfig& config);
  [[nodiscard]] Var forward(const Var& x) const override;

 private:
  std::optional<Lifter> lifter_;
  std::vector<Block> blocks_;
  std::vector<ConvLayer> down_;
  std::optional<ConvLayer> adapter_;
  std::vector<Block> resnet_;
  std::vector<ConvTransposeLayer> up_;
  std::vector<NormParameters> up_norm_;
  std::optional<OutputHead> head_;
};

}  // namespace fno
