#include "models/blocks.h"

#include "framework/autograd/checkpoint.h"
#include "framework/ops/elementwise.h"
#include "framework/ops/norm.h"
#include "models/observer.h"

namespace fno {

Var PtychoBlock::evaluate(const Var& x) const {
  const Var z = layer_(x);
  observe(name_, "pre_gelu", z);
  return apply_residual(UnaryOp::gelu, z, x);
}

Var PtychoBlock::operator()(const Var& x) const {
  const Var y = checkpointing_
                    ? checkpoint([block = *this](const Var& v) { return block.evaluate(v); }, x, layer_.parameters())
                    : evaluate(x);
  observe(name_, "out", y);
  return y;
}

StablePtychoBlock::StablePtychoBlock(ParameterStore& store, const std::string& name, const StableBlockConfig& c)
    : name_(name),
      layer_(store, name, c.layer),
      norm_(store, name + ".norm", c.layer.out, c.form == StableForm::zero_gamma ? 0 : 1),
      checkpointing_(c.checkpointing) {
  if (c.form == StableForm::layerscale)
    layerscale_ = store.constant(name + ".layerscale", Shape{c.layer.out}, c.layerscale_init);
}

Var StablePtychoBlock::evaluate(const Var& x) const {
  const Var z = layer_(x);
  observe(name_, "pre_gelu", z);
  return gelu_norm_residual(z, x, norm_.gamma, norm_.beta, layerscale_);
}

Var StablePtychoBlock::operator()(const Var& x) const {
  std::vector<Var> parameters = layer_.parameters();
  parameters.insert(parameters.end(), {norm_.gamma, norm_.beta});
  if (layerscale_.defined()) parameters.push_back(layerscale_);
  const Var y = checkpointing_ ? checkpoint([block = *this](const Var& v) { return block.evaluate(v); }, x, parameters)
                               : evaluate(x);
  observe(name_, "out", y);
  return y;
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
  (void)make_modes(convention, {points, points}, modes);
}

}  // namespace fno
