#include "models/layers.h"

#include <cmath>

#include "framework/ops/conv.h"
#include "framework/ops/elementwise.h"
#include "framework/scope.h"

namespace fno {
namespace {

Shape kernel_shape(int first, int second, int kernel, int dims) {
  Shape shape{first, second};
  for (int axis = 0; axis < dims; ++axis) shape.push_back(kernel);
  return shape;
}

// "computing layer lift, 3 to 32 channels, input (8, 3, 16, 16)"
auto computing(const std::string& name, int in, int out, const Var& x) {
  return ErrorContext([&name, in, out, &x](std::ostream& words) {
    words << "computing layer " << name << ", " << in << " to " << out << " channels, input " << x.shape();
  });
}

double fan_in_bound(int channels, int kernel, int dims) { return 1 / std::sqrt(channels * std::pow(kernel, dims)); }

}  // namespace

ConvLayer::ConvLayer(ParameterStore& store, const std::string& name, const Config& c) : name_(name), config_(c) {
  const double bound = fan_in_bound(c.in, c.kernel, c.dims);
  weight_ = store.uniform(name + ".weight", kernel_shape(c.out, c.in, c.kernel, c.dims), bound);
  bias_ = store.uniform(name + ".bias", Shape{c.out}, bound);
}

Var ConvLayer::operator()(const Var& x) const {
  const Scope scope(name_);
  const auto context = computing(name_, config_.in, config_.out, x);
  return conv(x, weight_, bias_, {.stride = config_.stride, .padding = config_.padding});
}

Var pointwise_mlp(const ConvLayer& first, const ConvLayer& second, const Var& x) {
  const Scope scope(first.name_);
  const auto context = computing(first.name_, first.config_.in, second.config_.out, x);
  return pointwise_mlp(x, first.weight_, first.bias_, second.weight_, second.bias_);
}

ConvTransposeLayer::ConvTransposeLayer(ParameterStore& store, const std::string& name, const ConvLayer::Config& c)
    : name_(name), config_(c) {
  const double bound = fan_in_bound(c.out, c.kernel, c.dims);
  weight_ = store.uniform(name + ".weight", kernel_shape(c.in, c.out, c.kernel, c.dims), bound, 1);
  bias_ = store.uniform(name + ".bias", Shape{c.out}, bound);
}

Var ConvTransposeLayer::operator()(const Var& x) const {
  const Scope scope(name_);
  const auto context = computing(name_, config_.in, config_.out, x);
  return conv_transpose(x, weight_, bias_, {.stride = config_.stride, .padding = config_.padding});
}

NormParameters::NormParameters(ParameterStore& store, const std::string& name, int channels, double gamma_value)
    : gamma(store.constant(name + ".weight", Shape{channels}, gamma_value)),
      beta(store.constant(name + ".bias", Shape{channels}, 0)) {}

FourierLayer::FourierLayer(ParameterStore& store, const std::string& name, const Config& c) : name_(name), config_(c) {
  spectral_ =
      store.spectral(name + ".spectral.weights", weight_modes(c.convention, c.dims, c.modes), c.in, c.out, c.init);
  if (config_.convention == ModeConvention::centered)
    spectral_bias_ = store.normal(name + ".spectral.bias", Shape{c.out}, std::sqrt(2.0 / (c.in + c.out)));
  const double bound = fan_in_bound(c.in, c.kernel, c.dims);
  conv_weight_ = store.uniform(name + ".local_conv.weight", kernel_shape(c.out, c.in, c.kernel, c.dims), bound);
  conv_bias_ = store.uniform(name + ".local_conv.bias", Shape{c.out}, bound);
}

std::shared_ptr<const ModeSet> FourierLayer::modes_for(const Var& x) const {
  std::vector<int> grid;
  for (int axis = 2; axis < x.shape().rank(); ++axis) grid.push_back(static_cast<int>(x.shape(axis)));
  const std::lock_guard lock(modes_->mutex);
  auto& set = modes_->sets[grid];
  if (!set) set = make_modes(config_.convention, grid, config_.modes, config_.padding, config_.grid_ends);
  return set;
}

Var FourierLayer::bias() const { return spectral_bias_.defined() ? conv_bias_ + spectral_bias_ : conv_bias_; }

Var FourierLayer::operator()(const Var& x) const {
  const Scope scope(name_);
  const auto context = computing(name_, config_.in, config_.out, x);
  return fourier_layer(x, spectral_, conv_weight_, bias(), modes_for(x));
}

ActivatedLayer FourierLayer::activated(const Var& x) const {
  const Scope scope(name_);
  const auto context = computing(name_, config_.in, config_.out, x);
  return fourier_layer_gelu(x, spectral_, conv_weight_, bias(), modes_for(x));
}

}  // namespace fno
