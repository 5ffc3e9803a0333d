#pragma once

#include <string_view>

#include "models/layers.h"

namespace fno {

enum class StableForm {
  layerscale,  ///< y = x + λ ⊙ InstanceNorm(GELU(z)), γ = 1, β = 0, λ a small learned number a channel
  zero_gamma,  ///< y = x + InstanceNorm(GELU(z)), γ = β = 0: exactly the identity at the start
};
/// "layerscale", "zero_gamma".
[[nodiscard]] const char* name_of(StableForm form);
[[nodiscard]] StableForm stable_form(std::string_view name);  ///< Errors: config, naming both.

/// y = x + GELU(z), z = Spectral(x) + Conv(x): no norm. Source: Stage A specification, section 4.1.
class PtychoBlock {
 public:
  PtychoBlock(ParameterStore& store, const std::string& name, const FourierLayer::Config& config)
      : layer_(store, name, config) {}
  [[nodiscard]] Var operator()(const Var& x) const;

 private:
  FourierLayer layer_;
};

struct StableBlockConfig {
  FourierLayer::Config layer;
  StableForm form = StableForm::layerscale;
  double layerscale_init = 1e-3;
};

/// The stable block: its update ends in InstanceNorm and a gate. Source: Stage A specification, section 4.1;
/// LayerScale: Touvron et al. 2021.
class StablePtychoBlock {
 public:
  StablePtychoBlock(ParameterStore& store, const std::string& name, const StableBlockConfig& config);
  [[nodiscard]] Var operator()(const Var& x) const;

 private:
  FourierLayer layer_;
  NormParameters norm_;
  Var layerscale_;  // undefined in the zero-gamma form
};

}  // namespace fno
