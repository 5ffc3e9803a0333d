#include "bench/harness/layer.h"

#include <fmt/format.h>

#include "bench/harness/noise.h"
#include "framework/ops/elementwise.h"
#include "framework/ops/norm.h"

namespace fno::bench {
namespace {

struct Named {
  std::string name;
  Var var;
};

}  // namespace

Layer::Layer(const LayerShape& l, int sets, const Device& device, Dtype real)
    : shape_(l), modes_(make_modes(l.convention, l.grid, l.modes)) {
  Shape field{l.batch, l.channels}, kernel{l.channels, l.channels};
  for (const int n : l.grid) {
    field.push_back(n);
    kernel.push_back(l.kernel);
  }
  const auto parameter = [&](const char* name, const Shape& s, Dtype dtype) {
    const Var v = Var::leaf(Tensor(s, dtype, device));
    fill_with_noise(name, v, real);
    return v;
  };
  for (int i = 0; i < sets; ++i) {
    const std::string set = i == 0 ? "" : fmt::format(".{}", i);
    x_.push_back(Var::leaf(noise("x" + set, field, device, 1, real)));
    dy_.push_back(noise("dy" + set, field, device, 1, real));
  }
  spectral_ = parameter("spectral", Shape{modes_->weight_modes, l.channels, l.channels}, complex_of(real));
  conv_ = parameter("conv", kernel, real);
  bias_ = parameter("bias", Shape{l.channels}, real);
  if (l.stable) {
    gamma_ = parameter("gamma", Shape{l.channels}, real);
    beta_ = parameter("beta", Shape{l.channels}, real);
    gate_ = parameter("gate", Shape{l.channels}, real);
  }
}

Tensor Layer::call(const std::string& kind, std::size_t call) const {
  const std::size_t set = call % x_.size();
  if (kind == "train") {
    forget_gradients();
    backward(forward(x_[set]), dy_[set]);
    return {};
  }
  const NoGrad no_grad;
  return (kind == "operator" ? spectral_conv(x_[set], spectral_, modes_) : forward(x_[set])).value();
}

std::vector<std::pair<std::string, Tensor>> Layer::results(const std::string& kind) const {
  const Tensor y = call(kind, 0);
  if (kind != "train") return {{"y", y}};
  std::vector<std::pair<std::string, Tensor>> all{
      {"dx", x_[0].grad()}, {"dspectral", spectral_.grad()}, {"dconv", conv_.grad()}, {"dbias", bias_.grad()}};
  if (shape_.stable)
    for (const auto& [name, var] : {Named{"dgamma", gamma_}, Named{"dbeta", beta_}, Named{"dgate", gate_}})
      all.emplace_back(name, var.grad());
  forget_gradients();
  return all;
}

Var Layer::forward(const Var& x) const {
  if (!shape_.stable) return fourier_layer_gelu(x, spectral_, conv_, bias_, modes_).y;
  return gelu_norm_residual(fourier_layer(x, spectral_, conv_, bias_, modes_), x, gamma_, beta_, gate_);
}

void Layer::forget_gradients() const {
  for (const Var& x : x_) x.zero_grad();
  for (const Var& v : {spectral_, conv_, bias_, gamma_, beta_, gate_})
    if (v.defined()) v.zero_grad();
}

}  // namespace fno::bench
