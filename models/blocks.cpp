#include "models/blocks.h"

#include "framework/autograd/checkpoint.h"
#include "framework/ops/elementwise.h"
#include "framework/ops/norm.h"
#include "framework/scope.h"
#include "models/observer.h"

namespace fno {

Var Block::operator()(const Var& x) const {
  const Scope scope(name_);
  const Var y = checkpointing_ ? checkpoint(evaluate_, x) : evaluate_(x);
  observe(name_, "out", y);
  return y;
}

Block fourier_block(ParameterStore& store, const std::string& name, const FourierLayer::Config& config,
                    bool checkpointing) {
  return {name, checkpointing, [name, layer = FourierLayer(store, name, config)](const Var& x) {
            const Var z = layer(x);
            observe(name, "pre_gelu", z);
            return apply_residual(UnaryOp::gelu, z, x);
          }};
}

Block stable_block(ParameterStore& store, const std::string& name, const FourierLayer::Config& config,
                   const NetworkConfig& c) {
  const FourierLayer layer(store, name, config);
  const bool scaled = c.stable_form == StableForm::layerscale;
  const NormParameters norm(store, name + ".norm", config.out, scaled ? 1 : 0);
  const Var layerscale = scaled ? store.constant(name + ".layerscale", Shape{config.out}, c.layerscale_init) : Var();
  return {name, c.activation_checkpointing, [=](const Var& x) {
            const Var z = layer(x);
            observe(name, "pre_gelu", z);
            return gelu_norm_residual(z, x, norm.gamma, norm.beta, layerscale);
          }};
}

FourierLayer::Config fourier_block_layer(int channels, int modes, ModeConvention convention) {
  return {.dims = 2,
          .in = channels,
          .out = channels,
          .modes = modes,
          .kernel = 3,
          .convention = convention,
          .init = convention == ModeConvention::centered ? SpectralInit::library_normal : SpectralInit::complex_normal};
}

void require_modes_fit(ModeConvention convention, int points, int modes) {
  if (convention != ModeConvention::classic) return;  // small patches leave modes out
  const int most = most_modes(convention, points, false);
  require<ErrorKind::config>(modes <= most, "fno-modes: ", modes, " modes on an axis of ", points, " points, at most ",
                             most, " (n/2) fit: the blocks of positive and negative frequencies would overlap");
}

}  // namespace fno
