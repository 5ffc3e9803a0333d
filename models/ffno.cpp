#include "models/ffno.h"

#include "framework/autograd/checkpoint.h"
#include "framework/ops/elementwise.h"
#include "framework/ops/norm.h"
#include "framework/ops/shape.h"
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

FfnoBlock::FfnoBlock(ParameterStore& store, const std::string& name, int channels, FactorisedSpectral spectral,
                     Var gate, bool checkpointing)
    : name_(name),
      spectral_(std::move(spectral)),
      gate_(std::move(gate)),
      norm_(store, name + ".norm", channels),
      widen_(store, name + ".mlp.0", conv1(channels, 2 * channels)),
      narrow_(store, name + ".mlp.2", conv1(2 * channels, channels)),
      checkpointing_(checkpointing) {}

Var FfnoBlock::evaluate(const Var& x) const {
  const Var z = widen_(instance_norm(spectral_(x), norm_.gamma, norm_.beta));
  observe(name_, "pre_gelu", z);
  return x + gate_ * narrow_(gelu(z));
}

Var FfnoBlock::operator()(const Var& x) const {
  std::vector<Var> parameters{gate_, norm_.gamma, norm_.beta};
  for (const auto& more : {spectral_.parameters(), widen_.parameters(), narrow_.parameters()})
    parameters.insert(parameters.end(), more.begin(), more.end());
  const Var y = checkpointing_ ? checkpoint([block = *this](const Var& v) { return block.evaluate(v); }, x, parameters)
                               : evaluate(x);
  observe(name_, "out", y);
  return y;
}

FfnoModel::FfnoModel(ParameterStore& store, const GeneratorConfig& c) : lifter_(store, c.channels, c.width) {
  const FactorisedSpectral spectral(store, "spectral", c.width, c.modes);
  const Var gate = store.constant("gate", Shape{1}, kGateInit);
  for (int i = 0; i < c.blocks; ++i)
    blocks_.emplace_back(store, "encoder_blocks." + std::to_string(i), c.width, spectral, gate,
                         c.activation_checkpointing);
  for (int k = 0; k < c.cnn_blocks; ++k) {
    const std::string name = "cnn_blocks." + std::to_string(k);
    refine1_.emplace_back(store, name + ".0", conv3(c.width, c.width));
    refine2_.emplace_back(store, name + ".2", conv3(c.width, c.width));
  }
  head_.emplace(store, c.width, c.channels, c.output_mode);
}

Var FfnoModel::forward(const Var& x) const {
  Var v = lifter_(x);
  for (const FfnoBlock& block : blocks_) v = block(v);
  for (std::size_t k = 0; k < refine1_.size(); ++k) {
    const Var z = refine1_[k](v);
    observe("cnn_blocks", k, "pre_gelu", z);
    v = v + refine2_[k](gelu(z));
    observe("cnn_blocks", k, "out", v);
  }
  return (*head_)(v);
}

}  // namespace fno
