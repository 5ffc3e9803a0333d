#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/blocks.h"
#include "models/model.h"

namespace fno {

/// Mean and deviation a channel. Inputs are standardised on the way in, outputs returned to their units on the way out,
/// so losses and metrics are in the units of the data.
struct ChannelScaling {
  std::vector<float> mean, deviation;
};

struct OperatorConfig {
  std::string architecture = "fno_operator";  ///< or stable_fno
  int dims = 2, in = 1, out = 1;
  int width = 32, modes = 12, blocks = 4, projection = 128;
  ModeConvention spectral = ModeConvention::classic;
  StableForm stable_form = StableForm::layerscale;
  double layerscale_init = 1e-3;
  double padding = 0;  ///< the spectral layers' waves are periodic on 1 + padding times the domain (ops/spectral.h)
  bool activation_checkpointing = false;  ///< stable_fno: blocks are computed again in the reverse pass
};

/// The operators of the command line: input plus coordinates i/n, to `width` by a 1-wide convolution; blocks; to
/// `projection`, GELU, to the outputs.
///   fno_operator  v ← Spectral(v) + Conv1(v), GELU after all but the last (Li et al. 2020)
///   stable_fno    v ← stable block with a 3-wide convolution
/// One set of weights serves every grid that holds its modes. Shows blocks.{i}.pre_gelu, blocks.{i}.out and output to
/// an observer.
class OperatorModel : public Model {
 public:
  OperatorModel(ParameterStore& store, const OperatorConfig& config, const ChannelScaling& input,
                const ChannelScaling& output);
  [[nodiscard]] Var forward(const Var& x) const override;

 private:
  [[nodiscard]] Var with_coordinates(const Var& x) const;
  OperatorConfig config_;
  Var input_mean_, input_inverse_, output_mean_, output_deviation_;  // (1, C, 1…)
  mutable std::map<std::vector<std::int64_t>, Var> coordinates_;     // by shape: a step makes none anew
  std::optional<ConvLayer> lift_, head1_, head2_;
  std::vector<FourierLayer> layers_;
  std::vector<StablePtychoBlock> stable_;
};

/// Counts without allocating.
[[nodiscard]] ParameterCount count_parameters(const OperatorConfig& config);

}  // namespace fno
