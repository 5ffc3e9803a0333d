#pragma once

#include "models/generator_config.h"
#include "models/model.h"

namespace fno {

/// CBAM: a channel gate σ(MLP(mean) + MLP(max)), then a spatial gate σ(Conv7×7([max, mean] over channels)).
/// Source: Woo et al. 2018; MLP c → c/16 → c with ReLU and biases, shared by both pooled vectors.
class Attention {
 public:
  Attention(ParameterStore& store, const std::string& name, int channels);
  [[nodiscard]] Var operator()(const Var& x) const;
  [[nodiscard]] std::vector<Var> parameters() const;

 private:
  ConvLayer squeeze_, expand_, spatial_;
};

/// Conv3×3 · ReLU · Conv3×3 · ReLU, and in the encoder an attention gate where asked for. Shows NAME.out.
class CnnBlock {
 public:
  CnnBlock(ParameterStore& store, const std::string& name, int in, int out, bool attention, bool checkpointing);
  [[nodiscard]] Var operator()(const Var& x) const;

 private:
  [[nodiscard]] Var evaluate(const Var& x) const;
  std::string name_;
  ConvLayer conv1_, conv2_;
  std::optional<Attention> attention_;
  bool checkpointing_;
};

/// One of the two decoders: two blocks, each followed by nearest ×2, 256 → 128 → 64 at N/2; then the last stage, which
/// gives the centre of the patch from the first 64-q channels and, with probe_big, the outer frame from the last q.
class CnnDecoder {
 public:
  CnnDecoder(ParameterStore& store, const std::string& name, const GeneratorConfig& config);
  /// `bound` is the activation of the centre. (B, 256, N/8, N/8) → (B, C, N, N).
  [[nodiscard]] Var operator()(const Var& x, Var (*bound)(const Var&)) const;

 private:
  int tail_;
  std::vector<CnnBlock> blocks_;
  ConvLayer centre_;
  std::vector<ConvLayer> frame_;  // empty without probe_big
};

/// `cnn`: an encoder of three blocks with 2×2 max-pooling, C → 64 → 128 → 256, and a decoder each for amplitude (σ) and
/// phase (π·tanh). It emits amplitude and phase whatever the output mode; forward() returns A·cos φ and A·sin φ.
/// Source: Stage A specification, section 4.9. Parameters encoder_blocks.{i}.{conv1,conv2,attention.*},
/// {amplitude,phase}.decoder_blocks.{i}.{conv1,conv2}, {amplitude,phase}.centre, {amplitude,phase}.frame.{0,2,4}.
/// Errors: config if N is no multiple of 8, q is not in 1 … 63, or the output mode is amp_phase_logits.
class CnnModel : public Model {
 public:
  CnnModel(ParameterStore& store, const GeneratorConfig& config);
  [[nodiscard]] Var forward(const Var& x) const override;

 private:
  std::vector<CnnBlock> encoder_;
  std::optional<CnnDecoder> amplitude_, phase_;
};

}  // namespace fno
