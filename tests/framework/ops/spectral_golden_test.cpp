// Golden cases of the spectral convolution and of the stable block that is built on it.
#include "framework/ops/norm.h"
#include "tests/support/golden_cases.h"
#include "tests/support/golden_spectral.h"
#include "tests/support/on_each_device.h"

namespace fno::test {
namespace {

using SpectralGolden = OnEachDevice;
FNO_ON_EACH_DEVICE(SpectralGolden);

TEST_P(SpectralGolden, ConvolutionInOneTwoAndThreeDimensions) {
  for (const char* file : {"spectral1d", "spectral2d", "spectral3d"}) {
    const GoldenFile golden(file);
    for (const std::string& name : tested_cases(file))
      for (const Dtype real : {Dtype::float32, Dtype::float64}) {
        SCOPED_TRACE(testing::Message() << file << ' ' << name << " in " << real);
        const std::vector<int> modes = golden.integers(name, "modes");
        const Var x = Var::leaf(golden.tensor(name, "x", real, device));
        const Var w = Var::leaf(golden_weights(golden, name, "w", modes, complex_of(real), device));
        const Var y = spectral_conv(x, w, golden_modes(x, modes));
        EXPECT_TRUE(near_golden(y.value(), golden.get(name, "y"), kOutput));
        backward(y, golden.tensor(name, "gy", real, device));
        EXPECT_TRUE(near_golden(x.grad(), golden.get(name, "grad_x"), kGradient));
        EXPECT_TRUE(near_golden_weights(w.grad(), golden, name, "grad_w", modes));
      }
  }
}

TEST_P(SpectralGolden, TheSameWeightsGiveTheSameFunctionOnTwoGrids) {
  const GoldenFile golden("spectral2d_resolution");
  for (const Dtype real : {Dtype::float32, Dtype::float64}) {
    const Var w(golden_weights(golden, "w", "w", {3, 3}, complex_of(real), device));
    std::vector<std::vector<double>> results;
    for (const std::string& name : tested_cases("spectral2d_resolution")) {
      SCOPED_TRACE(testing::Message() << name << " in " << real);
      const Var x(golden.tensor(name, "x", real, device));
      const Var y = spectral_conv(x, w, golden_modes(x, {3, 3}));
      EXPECT_TRUE(near_golden(y.value(), golden.get(name, "y"), kOutput));
      results.push_back(host_values(y.value()));
    }
    std::vector<double> every_second;  // points of the fine grid (2, 2, 16, 16) that lie on the coarse one
    for (std::size_t plane = 0; plane < 4; ++plane)
      for (std::size_t r = 0; r < 16; r += 2)
        for (std::size_t c = 0; c < 16; c += 2) every_second.push_back(results.at(1).at((plane * 16 + r) * 16 + c));
    EXPECT_TRUE(near_scaled(every_second, results[0], kOutput.of(real)));
  }
}

TEST_P(SpectralGolden, StableBlock) {
  const GoldenFile golden("stable_block2d");
  for (const std::string& name : tested_cases("stable_block2d"))
    for (const Dtype real : {Dtype::float32, Dtype::float64}) {
      SCOPED_TRACE(testing::Message() << name << " in " << real);
      const std::vector<int> modes = golden.integers(name, "modes");
      const auto leaf = [&](const char* array) { return Var::leaf(golden.tensor(name, array, real, device)); };
      const Var x = leaf("x"), conv_weight = leaf("conv_weight"), conv_bias = leaf("conv_bias"),
                gamma = leaf("norm_weight"), beta = leaf("norm_bias"), gate = leaf("layerscale");
      const Var w = Var::leaf(golden_weights(golden, name, "w", modes, complex_of(real), device));
      const Var pre = fourier_layer(x, w, conv_weight, conv_bias, golden_modes(x, modes));
      const Var y = gelu_norm_residual(pre, x, gamma, beta, gate);
      const Var nothing(Tensor::zeros(x.shape(), real, device));
      EXPECT_TRUE(near_golden(pre.value(), golden.get(name, "pre"), kOutput));
      EXPECT_TRUE(near_golden(gelu_norm_residual(pre, nothing, gamma, beta, Var()).value(), golden.get(name, "update"),
                              kOutput));
      EXPECT_TRUE(near_golden(y.value(), golden.get(name, "y"), kOutput));
      backward(y, golden.tensor(name, "gy", real, device));
      EXPECT_TRUE(near_golden(x.grad(), golden.get(name, "grad_x"), kGradient));
      EXPECT_TRUE(near_golden_weights(w.grad(), golden, name, "grad_w", modes));
      EXPECT_TRUE(near_golden(conv_weight.grad(), golden.get(name, "grad_conv_weight"), kGradient));
      EXPECT_TRUE(near_golden(conv_bias.grad(), golden.get(name, "grad_conv_bias"), kGradient));
      EXPECT_TRUE(near_golden(gamma.grad(), golden.get(name, "grad_norm_weight"), kGradient));
      EXPECT_TRUE(near_golden(beta.grad(), golden.get(name, "grad_norm_bias"), kGradient));
      EXPECT_TRUE(near_golden(gate.grad(), golden.get(name, "grad_layerscale"), kGradient));
    }
}

}  // namespace
}  // namespace fno::test
