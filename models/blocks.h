#pragma once

#include <functional>

#include "models/layers.h"
#include "models/network_config.h"

namespace fno {

/// A part of a network that may be computed again in the reverse pass instead of keeping what is inside it. Shows
/// NAME.out to an observer, and those below NAME.pre_gelu too; its work is done under its name (framework/scope.h).
class Block {
 public:
  Block(std::string name, bool checkpointing, std::function<Var(const Var&)> evaluate)
      : name_(std::move(name)), checkpointing_(checkpointing), evaluate_(std::move(evaluate)) {}
  [[nodiscard]] Var operator()(const Var& x) const;

 private:
  std::string name_;
  bool checkpointing_;
  std::function<Var(const Var&)> evaluate_;
};

/// y = x + GELU(z), z = Spectral(x) + Conv(x): no norm. Source: Stage A specification, section 4.1.
[[nodiscard]] Block fourier_block(ParameterStore& store, const std::string& name, const FourierLayer::Config& layer,
                                  bool checkpointing = false);

/// y = x + gate of InstanceNorm(GELU(z)), see StableForm. Source: Stage A specification, section 4.1; LayerScale:
/// Touvron et al. 2021. Reads stable_form, layerscale_init and activation_checkpointing of the network.
[[nodiscard]] Block stable_block(ParameterStore& store, const std::string& name, const FourierLayer::Config& layer,
                                 const NetworkConfig& network);

/// The Fourier layer of the Stage A blocks: equal widths, a 3x3 convolution beside it, the start of section 4.2.
[[nodiscard]] FourierLayer::Config fourier_block_layer(int channels, int modes, ModeConvention convention);

/// Errors: config if `modes` do not fit a patch of points x points (classic modes must not overlap).
void require_modes_fit(ModeConvention convention, int points, int modes);

}  // namespace fno
