#pragma once

#include "models/layers.h"

namespace fno {

enum class StableForm {
  layerscale,  ///< y = x + λ ⊙ InstanceNorm(GELU(z)), γ = 1, β = 0, λ a small learned number a channel
  zero_gamma,  ///< y = x + InstanceNorm(GELU(z)), γ = β = 0: exactly the identity at the start
};
template <>
inline constexpr std::array<std::string_view, 2> kNames<StableForm>{"layerscale", "zero_gamma"};

/// y = x + GELU(z), z = Spectral(x) + Conv(x): no norm. Source: Stage A specification, section 4.1.
/// Shows NAME.pre_gelu (z) and NAME.out (y) to an observer.
class PtychoBlock {
 public:
  /// With `checkpointing` the reverse pass computes the block again from its input instead of keeping z and spectra.
  PtychoBlock(ParameterStore& store, const std::string& name, const FourierLayer::Config& config,
              bool checkpointing = false)
      : name_(name), layer_(store, name, config), checkpointing_(checkpointing) {}
  [[nodiscard]] Var operator()(const Var& x) const;

 private:
  [[nodiscard]] Var evaluate(const Var& x) const;
  std::string name_;
  FourierLayer layer_;
  bool checkpointing_;
};

struct StableBlockConfig {
  FourierLayer::Config layer;
  StableForm form = StableForm::layerscale;
  double layerscale_init = 1e-3;
  bool checkpointing = false;  ///< as in PtychoBlock
};

/// The stable block: its update ends in InstanceNorm and a gate. Source: Stage A specification, section 4.1;
/// LayerScale: Touvron et al. 2021. Shows the same maps as PtychoBlock.
class StablePtychoBlock {
 public:
  StablePtychoBlock(ParameterStore& store, const std::string& name, const StableBlockConfig& config);
  [[nodiscard]] Var operator()(const Var& x) const;

 private:
  [[nodiscard]] Var evaluate(const Var& x) const;
  std::string name_;
  FourierLayer layer_;
  NormParameters norm_;
  Var layerscale_;  // undefined in the zero-gamma form
  bool checkpointing_;
};

/// The Fourier layer of the Stage A blocks: equal widths, a 3x3 convolution beside it, the start of section 4.2.
[[nodiscard]] FourierLayer::Config fourier_block_layer(int channels, int modes, ModeConvention convention);

/// Errors: config if `modes` do not fit a patch of points x points (classic modes must not overlap).
void require_modes_fit(ModeConvention convention, int points, int modes);

}  // namespace fno
