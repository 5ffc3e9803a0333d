#pragma once

#include "models/blocks.h"
#include "models/lifter.h"
#include "models/model.h"
#include "models/output_head.h"

namespace fno {

/// `fno` and `fno_vanilla`: lifter; n Fourier blocks at full resolution; the head. The cascaded form, `fno`, puts a 1×1
/// and `cnn_blocks` times Conv3×3 · GELU before the head. The classic FNO of Li et al. is fno_operator
/// (operator_model.h). Source: Stage A specification, sections 4.5 and 4.6.
/// Parameters lifter.*, encoder_blocks.{i}.*, cnn_proj, cnn_blocks.{k}, output_proj; shows cnn_blocks.{k}.pre_gelu too.
/// Errors: config if the modes do not fit.
class PatchFno : public Model {
 public:
  PatchFno(ParameterStore& store, const NetworkConfig& config);
  [[nodiscard]] Var forward(const Var& x) const override;

 private:
  Lifter lifter_;
  std::vector<Block> blocks_;
  std::optional<ConvLayer> projection_;
  std::vector<ConvLayer> refiners_;
  std::optional<OutputHead> head_;
};

}  // namespace fno
