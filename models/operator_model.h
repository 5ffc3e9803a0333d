#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/blocks.h"
#include "models/network.h"

namespace fno {

/// The operators of the command line: input plus coordinates i/n (i/(n-1) with grid_ends), to `width` by a 1-wide
/// convolution; blocks; to `projection`, GELU, to the outputs.
///   fno_operator  v ← Spectral(v) + Conv1(v), GELU after all but the last (Li et al. 2020)
///   stable_fno    v ← stable block with a 3-wide convolution
/// One set of weights serves every grid; waves that a grid lacks are left out there. Shows blocks.{i}.pre_gelu,
/// blocks.{i}.out and output to an observer.
class OperatorModel : public Model {
 public:
  OperatorModel(ParameterStore& store, const NetworkConfig& config);
  [[nodiscard]] Var forward(const Var& x) const override;

 private:
  [[nodiscard]] Var with_coordinates(const Var& x) const;
  NetworkConfig config_;
  mutable std::map<std::vector<std::int64_t>, Var> coordinates_;  // by shape: a step makes none anew
  std::optional<ConvLayer> lift_, head1_, head2_;
  std::vector<FourierLayer> layers_;
  std::vector<Block> stable_;
};

}  // namespace fno
