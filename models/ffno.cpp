#include "models/ffno.h"

#include "framework/ops/elementwise.h"
#include "framework/ops/norm.h"
#include "framework/ops/shape.h"
#include "framework/scope.h"
#include "models/observer.h"

namespace fno {
namespace {

constexpr double kGateInit = 0.1;

// The transform of a (B, L, C, n) field along n: each of the B·L lines is a sample of its own.
Var along_last_axis(const Var& lines, const Var& weights, int modes) {
  const Shape s = lines.shape();
  const auto kept = make_modes(ModeConvention::corner, {static_cast<int>(s[3])}, modes);
  return reshape(spectral_conv(reshape(lines, {s[0] * s[1], s[2], s[3]}), weights, kept), s);
}

// y = x + g · W₂ GELU(W₁ IN(S(x))), W₁ 1×1 (h → 2h), W₂ 1×1 (2h → h); S and the scalar g belong to all blocks.
Block ffno_block(ParameterStore& store, const std::string& name, int channels, const FactorisedSpectral& spectral,
                 const Var& gate, bool checkpointing) {
  const NormParameters norm(store, name + ".norm", channels);
  const ConvLayer widen(store, name + ".mlp.0", conv1(channels, 2 * channels));
  const ConvLayer narrow(store, name + ".mlp.2", conv1(2 * channels, channels));
  return {name, checkpointing, [=](const Var& x) {
            const Var z = widen(instance_norm(spectral(x), norm.gamma, norm.beta));
            observe(name, "pre_gelu", z);
            return x + gate * narrow(gelu(z));
          }};
}

}  // namespace

FactorisedSpectral::FactorisedSpectral(ParameterStore& store, const std::string& name, int channels, int modes)
    : modes_(modes),
      weights_y_(store.spectral(name + ".weights_y", {modes}, channels, channels, SpectralInit::complex_normal)),
      weights_x_(store.spectral(name + ".weights_x", {modes}, channels, channels, SpectralInit::complex_normal)) {}

Var FactorisedSpectral::operator()(const Var& x) const {
  const Var by_row = permute(along_last_axis(permute(x, {0, 2, 1, 3}), weights_x_, modes_), {0, 2, 1, 3});
  const Var by_column = permute(along_last_axis(permute(x, {0, 3, 1, 2}), weights_y_, modes_), {0, 2, 3, 1});
  return by_column + by_row;
}

FfnoModel::FfnoModel(ParameterStore& store, const NetworkConfig& c) : lifter_(store, c.channels, c.width) {
  const FactorisedSpectral spectral(store, "spectral", c.width, c.modes);
  const Var gate = store.constant("gate", Shape{1}, kGateInit);
  for (int i = 0; i < c.blocks; ++i)
    blocks_.push_back(
        ffno_block(store, "encoder_blocks." + std::to_string(i), c.width, spectral, gate, c.activation_checkpointing));
  for (int k = 0; k < c.cnn_blocks; ++k) {
    const std::string name = "cnn_blocks." + std::to_string(k);
    refine1_.emplace_back(store, name + ".0", conv3(c.width, c.width));
    refine2_.emplace_back(store, name + ".2", conv3(c.width, c.width));
  }
  head_.emplace(store, c.width, c.channels, c.output_mode);
}

Var FfnoModel::forward(const Var& x) const {
  Var v = lifter_(x);
  for (const Block& block : blocks_) v = block(v);
  for (std::size_t k = 0; k < refine1_.size(); ++k) {
    const Scope scope("cnn_blocks." + std::to_string(k));
    const Var z = refine1_[k](v);
    observe("cnn_blocks", k, "pre_gelu", z);
    v = v + refine2_[k](gelu(z));
    observe("cnn_blocks", k, "out", v);
  }
  return (*head_)(v);
}

}  // namespace fno
