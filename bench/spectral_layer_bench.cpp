// One Fourier layer in the cases of the design note: the spectral operator alone, the layer forward (with its local
// convolution and GELU, or as a stable block), and the layer forward and backward.
#include "bench/harness/noise.h"
#include "bench/harness/suite.h"
#include "framework/ops/elementwise.h"
#include "framework/ops/norm.h"

namespace fno::bench {
namespace {

const std::vector<LayerShape> kLayers = {{.name = "B1", .batch = 20, .channels = 64, .grid = {1024}, .modes = 16},
                                         {.name = "B2", .batch = 20, .channels = 64, .grid = {2048}, .modes = 16},
                                         {.name = "D1", .batch = 20, .channels = 32, .grid = {85, 85}, .modes = 12},
                                         {.name = "D2", .batch = 20, .channels = 32, .grid = {141, 141}, .modes = 12},
                                         {.name = "D3", .batch = 20, .channels = 32, .grid = {211, 211}, .modes = 12},
                                         {.name = "N1", .batch = 20, .channels = 20, .grid = {64, 64}, .modes = 12},
                                         {.name = "N3", .batch = 10, .channels = 20, .grid = {64, 64, 20}, .modes = 8},
                                         {.name = "P32",
                                          .batch = 16,
                                          .channels = 32,
                                          .grid = {64, 64},
                                          .modes = 12,
                                          .convention = ModeConvention::corner,
                                          .kernel = 3,
                                          .stable = true},
                                         {.name = "P64",
                                          .batch = 16,
                                          .channels = 64,
                                          .grid = {64, 64},
                                          .modes = 12,
                                          .convention = ModeConvention::corner,
                                          .kernel = 3,
                                          .stable = true}};

struct Layer {
  LayerShape shape;
  std::shared_ptr<const ModeSet> modes;
  Var x, spectral, conv, bias, gamma, beta, gate;
  Tensor dy;

  Layer(const LayerShape& l, const Device& device) : shape(l), modes(make_modes(l.convention, l.grid, l.modes)) {
    Shape field{l.batch, l.channels}, kernel{l.channels, l.channels};
    for (const int n : l.grid) {
      field.push_back(n);
      kernel.push_back(l.kernel);
    }
    const auto parameter = [&](const char* name, const Shape& s, Dtype dtype = Dtype::float32) {
      const Var v = Var::leaf(Tensor(s, dtype, device));
      fill_with_noise(name, v);
      return v;
    };
    x = Var::leaf(noise("x", field, device));
    dy = noise("dy", field, device);
    spectral = parameter("spectral", Shape{modes->weight_modes, l.channels, l.channels}, Dtype::complex64);
    conv = parameter("conv", kernel);
    bias = parameter("bias", Shape{l.channels});
    if (l.stable) {
      gamma = parameter("gamma", Shape{l.channels});
      beta = parameter("beta", Shape{l.channels});
      gate = parameter("gate", Shape{l.channels});
    }
  }

  [[nodiscard]] Var forward() const {
    const Var z = fourier_layer(x, spectral, conv, bias, modes);
    return shape.stable ? gelu_norm_residual(z, x, gamma, beta, gate) : gelu(z);
  }

  void forward_and_backward() const { backward(forward(), dy); }

  void forget_gradients() const {
    for (const Var& v : {x, spectral, conv, bias, gamma, beta, gate})
      if (v.defined()) v.zero_grad();
  }
};

void run(Suite& suite, const LayerShape& shape) {
  const std::string op = shape.name + "/operator", fwd = shape.name + "/forward", both = shape.name + "/train";
  if (!suite.wants(op) && !suite.wants(fwd) && !suite.wants(both)) return;
  const Layer layer(shape, suite.device());
  if (suite.wants(op)) {
    const NoGrad no_grad;
    suite.measure(op, operator_forward(shape), [&] { (void)spectral_conv(layer.x, layer.spectral, layer.modes); },
                  {check_of("y", spectral_conv(layer.x, layer.spectral, layer.modes).value())});
  }
  if (suite.wants(fwd)) {
    const NoGrad no_grad;
    suite.measure(fwd, layer_forward(shape), [&] { (void)layer.forward(); }, {check_of("y", layer.forward().value())});
  }
  if (suite.wants(both)) {
    layer.forward_and_backward();
    std::vector<Check> checks{check_of("dx", layer.x.grad()), check_of("dspectral", layer.spectral.grad()),
                              check_of("dconv", layer.conv.grad()), check_of("dbias", layer.bias.grad())};
    layer.forget_gradients();
    suite.measure(
        both, layer_forward(shape) + layer_backward(shape),
        [&] {
          layer.forward_and_backward();
          layer.forget_gradients();
        },
        std::move(checks));
  }
}

}  // namespace
}  // namespace fno::bench

int main(int argc, char** argv) {
  fno::bench::Suite suite("spectral_layer", argc, argv);
  for (const auto& shape : fno::bench::kLayers) fno::bench::run(suite, shape);
  return suite.report();
}
