// One Fourier layer: the spectral operator alone, the layer forward (with its local convolution and GELU, or as a
// stable block), and the layer forward and backward. The shapes are in harness/layer_cases.cpp.
#include <algorithm>
#include <fmt/format.h>

#include "bench/harness/layer_cases.h"
#include "bench/harness/noise.h"
#include "bench/harness/suite.h"
#include "framework/cpu/device.h"
#include "framework/ops/elementwise.h"
#include "framework/ops/norm.h"

namespace fno::bench {
namespace {

constexpr double kOracleBytes = 256e6;  // of one activation in float64

struct Named {
  std::string name;
  Var var;
};

class Layer {
 public:
  Layer(const LayerShape& l, int sets, const Device& device, Dtype real)
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

  /// With the inputs of this call: they take turns.
  [[nodiscard]] Tensor call(const std::string& kind, std::size_t call) const {
    const std::size_t set = call % x_.size();
    if (kind == "train") {
      forget_gradients();
      backward(forward(x_[set]), dy_[set]);
      return {};
    }
    const NoGrad no_grad;
    return (kind == "operator" ? spectral_conv(x_[set], spectral_, modes_) : forward(x_[set])).value();
  }

  /// What a call with the first inputs computes, by name.
  [[nodiscard]] std::vector<std::pair<std::string, Tensor>> results(const std::string& kind) const {
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

 private:
  [[nodiscard]] Var forward(const Var& x) const {
    if (!shape_.stable) return fourier_layer_gelu(x, spectral_, conv_, bias_, modes_).y;
    return gelu_norm_residual(fourier_layer(x, spectral_, conv_, bias_, modes_), x, gamma_, beta_, gate_);
  }

  void forget_gradients() const {
    for (const Var& x : x_) x.zero_grad();
    for (const Var& v : {spectral_, conv_, bias_, gamma_, beta_, gate_})
      if (v.defined()) v.zero_grad();
  }

  LayerShape shape_;
  std::shared_ptr<const ModeSet> modes_;
  std::vector<Var> x_;
  std::vector<Tensor> dy_;
  Var spectral_, conv_, bias_, gamma_, beta_, gate_;
};

// The greatest error of a result against the same layer in float64 on the CPU; of the first samples alone where all
// would take too much memory.
double float64_error(LayerShape shape, const std::string& kind, const Device& device) {
  double sample = 8.0 * shape.channels;
  for (const int n : shape.grid) sample *= n;
  shape.batch = std::clamp(static_cast<int>(kOracleBytes / sample), 1, shape.batch);
  const auto exact = Layer(shape, 1, cpu_device(), Dtype::float64).results(kind);
  const auto got = Layer(shape, 1, device, Dtype::float32).results(kind);
  double worst = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double error = relative_error(got[i].second, exact[i].second);
    if (!(error <= worst)) worst = error;  // NaN too
  }
  return worst;
}

Work work_of(const LayerShape& shape, const std::string& kind) {
  if (kind == "operator") return operator_forward(shape);
  return kind == "forward" ? layer_forward(shape) : layer_forward(shape) + layer_backward(shape);
}

void run(Suite& suite, const LayerCase& c) {
  const bool checked = suite.options().checked;
  std::vector<std::optional<double>> errors;
  for (const std::string& kind : c.kinds)
    errors.push_back(checked ? std::optional(float64_error(c.shape, kind, suite.device())) : std::nullopt);
  const Layer layer(c.shape, input_sets(c.shape), suite.device(), Dtype::float32);
  for (std::size_t i = 0; i < c.kinds.size(); ++i) {
    const std::string& kind = c.kinds[i];
    std::vector<Check> checks;
    if (checked)
      for (const auto& [name, tensor] : layer.results(kind)) checks.push_back(check_of(name, tensor));
    suite.measure(
        c.shape.name + "/" + kind, work_of(c.shape, kind),
        [&layer, &kind, call = std::size_t{0}]() mutable { (void)layer.call(kind, call++); }, std::move(checks),
        errors[i]);
  }
}

int body(int argc, char** argv) {
  const Options options = parse_options("spectral_layer", argc, argv, {.list = true, .shapes = true});
  const std::vector<LayerCase> layers = chosen_layers(options);
  if (options.list) {
    fmt::print("{}\n", list_of(layers));
    return 0;
  }
  Suite suite("spectral_layer", options);
  for (const LayerCase& layer : layers) run(suite, layer);
  return suite.report();
}

}  // namespace
}  // namespace fno::bench

int main(int argc, char** argv) { return fno::bench::run_main("spectral_layer", fno::bench::body, argc, argv); }
