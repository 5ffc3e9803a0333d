#pragma once

#include <optional>

#include "models/blocks.h"
#include "models/lifter.h"
#include "models/model.h"
#include "models/output_head.h"

namespace fno {

/// One of the two decoders: two blocks, each followed by nearest ×2, 256 → 128 → 64 at N/2; then the last stage, which
/// gives the centre of the patch from the first 56 channels and the outer frame of width N/4 from the last 8.
class CnnDecoder {
 public:
  CnnDecoder(ParameterStore& store, const std::string& name, const NetworkConfig& config);
  /// `bound` is the activation of the centre. (B, 256, N/8, N/8) → (B, C, N, N).
  [[nodiscard]] Var operator()(const Var& x, Var (*bound)(const Var&)) const;

 private:
  std::string name_;
  std::vector<Block> blocks_;
  ConvLayer centre_;
  std::vector<ConvLayer> frame_;
};

/// `cnn`: an encoder of three blocks with 2×2 max-pooling, C → 64 → 128 → 256, and a decoder each for amplitude (σ) and
/// phase (π·tanh). It emits amplitude and phase whatever the output mode; forward() returns A·cos φ and A·sin φ.
/// Source: Stage A specification, section 4.9. Parameters encoder_blocks.{i}.{conv1,conv2},
/// {amplitude,phase}.decoder_blocks.{i}.{conv1,conv2}, {amplitude,phase}.centre, {amplitude,phase}.frame.{0,2,4}.
/// Errors: config if N is no multiple of 8 or the output mode is amp_phase_logits.
class CnnModel : public Model {
 public:
  CnnModel(ParameterStore& store, const NetworkConfig& config);
  [[nodiscard]] Var forward(const Var& x) const override;

 private:
  std::vector<Block> encoder_;
  std::optional<CnnDecoder> amplitude_, phase_;
};

}  // namespace fno
