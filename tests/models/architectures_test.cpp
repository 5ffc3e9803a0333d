// Every architecture: gradients against differences, bits with and without activation checkpointing, and what sets each
// apart.
#include "tests/models/architectures.h"

#include <cmath>
#include <complex>
#include <gtest/gtest.h>
#include <map>
#include <numbers>

#include "framework/cpu/device.h"
#include "framework/ops/elementwise.h"
#include "framework/ops/loss.h"
#include "models/cnn.h"
#include "models/ffno.h"
#include "models/hybrid_resnet.h"
#include "models/observer.h"
#include "tests/support/near.h"
#include "tests/support/on_each_device.h"
#include "tests/support/random_tensors.h"

namespace fno::test {
namespace {

Tensor in_double(const Tensor& t) {
  const Tensor reals = is_complex(t.dtype()) ? t.as_real() : t;
  const Tensor wide = tensor_of(host_values(reals), reals.shape(), Dtype::float64, t.device());
  return is_complex(t.dtype()) ? wide.as_complex() : wide;
}

class Architectures : public testing::TestWithParam<SmallGenerator> {};
INSTANTIATE_TEST_SUITE_P(All, Architectures, testing::ValuesIn(small_generators()),
                         [](const auto& param_info) { return param_info.param.name; });

// A central difference along one random direction through the input and all parameters, in float64. The step is short,
// as a few of the maxima and kinks of `cnn` lie close by.
TEST_P(Architectures, GradientMatchesDifferences) {
  const Device device = cpu_device(2);
  ParameterStore store(device, 21);
  const auto model = make_network(store, GetParam().config);
  Random random(22);
  const int n = GetParam().config.points;
  std::vector<Var> leaves{Var::leaf(normal_tensor(random, {2, 1, n, n}, Dtype::float64, device))};
  for (const Parameter& p : store.parameters()) {
    p.var.set_value(in_double(p.var.value()));
    leaves.push_back(p.var);
  }
  const Tensor weights = normal_tensor(random, {2, 2, n, n}, Dtype::float64, device);
  const auto value = [&] { return sum(model->forward(leaves[0]) * Var(weights)); };
  backward(value());

  double slope = 0, square = 0;
  std::vector<std::vector<double>> start, direction;
  for (const Var& leaf : leaves) {
    ASSERT_TRUE(leaf.has_grad());
    start.push_back(host_values(leaf.value()));
    direction.push_back(host_values(normal_tensor(random, leaf.shape(), leaf.dtype(), device)));
    const std::vector<double> gradient = host_values(leaf.grad());
    for (std::size_t i = 0; i < gradient.size(); ++i) {
      slope += gradient[i] * direction.back()[i];
      square += gradient[i] * gradient[i];
    }
  }
  const auto at = [&](double step) {
    for (std::size_t leaf = 0; leaf < leaves.size(); ++leaf) {
      std::vector<double> moved = start[leaf];
      for (std::size_t i = 0; i < moved.size(); ++i) moved[i] += step * direction[leaf][i];
      const bool pairs = is_complex(leaves[leaf].dtype());
      const Shape shape = pairs ? leaves[leaf].value().as_real().shape() : leaves[leaf].shape();
      const Tensor t = tensor_of(moved, shape, Dtype::float64, device);
      leaves[leaf].set_value(pairs ? t.as_complex() : t);
    }
    return value().value().item();
  };
  constexpr double kStep = 1e-8;
  const double expected = (at(kStep) - at(-kStep)) / (2 * kStep);
  EXPECT_NEAR(slope, expected, 1e-6 * std::sqrt(square));  // the norm is what a slope is on average
}

using Bits = std::map<std::string, std::vector<double>>;

Bits gradients(NetworkConfig c, bool checkpointing, const Device& device) {
  c.activation_checkpointing = checkpointing;
  ParameterStore store(device, 31);
  const auto model = make_network(store, c);
  Random random(32);
  const Var x = Var::leaf(normal_tensor(random, {2, 1, c.points, c.points}, Dtype::float32, device));
  const Var y = model->forward(x);
  Bits bits{{"output", host_values(y.value())}};
  backward(mae(y, Var(normal_tensor(random, y.shape(), Dtype::float32, device))));
  bits["input"] = host_values(x.grad());
  for (const Parameter& p : store.parameters()) bits[p.name] = host_values(p.var.grad());
  return bits;
}

TEST_P(Architectures, CheckpointedGradientsAreTheSameBits) {
  const Device device = cpu_device(2);
  const Bits plain = gradients(GetParam().config, false, device);
  EXPECT_EQ(plain, gradients(GetParam().config, true, device));
  double largest = 0;
  for (const double g : plain.at("input")) largest = std::max(largest, std::fabs(g));
  EXPECT_GT(largest, 0);
}

TEST_P(Architectures, CheckpointingKeepsLess) {
  const Device device = cpu_device(1);
  const auto kept = [&](bool checkpointing) {
    NetworkConfig c = GetParam().config;
    c.activation_checkpointing = checkpointing;
    ParameterStore store(device, 1);
    const auto model = make_network(store, c);
    const Var x(Tensor::full({4, 1, c.points, c.points}, Dtype::float32, device, 0.5));
    const std::size_t before = device.memory().use().in_use;
    const Var y = model->forward(x);
    return device.memory().use().in_use - before;
  };
  EXPECT_LT(kept(true), kept(false));
}

class OneArchitecture : public OnEachDevice {};
FNO_ON_EACH_DEVICE(OneArchitecture);
TEST_P(OneArchitecture, CheckpointedGradientsAreTheSameBits) {
  const NetworkConfig c{.architecture = "stable_hybrid", .points = 16, .width = 4, .modes = 5, .blocks = 2};
  EXPECT_EQ(gradients(c, false, device), gradients(c, true, device));
}

// The factorised operator by direct sums over its definition.
TEST(Ffno, SpectralOperatorIsTheSumOfItsTwoBranches) {
  const Device device = cpu_device(1);
  ParameterStore store(device, 41);
  constexpr int kB = 2, kC = 3, kH = 6, kW = 9, kM = 4;
  const FactorisedSpectral s(store, "s", kC, kM);
  Random random(42);
  const Tensor x = normal_tensor(random, {kB, kC, kH, kW}, Dtype::float32, device);
  const std::vector<double> field = host_values(x), wy = host_values(store.parameters()[0].var.value()),
                            wx = host_values(store.parameters()[1].var.value());
  ASSERT_EQ(store.parameters()[0].name, "s.weights_y");
  const auto at = [&](int b, int c, int row, int column) {
    return field[static_cast<std::size_t>(((b * kC + c) * kH + row) * kW + column)];
  };
  using Complex128 = std::complex<double>;
  const auto weight = [&](const std::vector<double>& w, int k, int i, int o) {
    const auto n = static_cast<std::size_t>(2 * ((k * kC + i) * kC + o));
    return Complex128(w[n], w[n + 1]);
  };
  // One output point of a branch along a line of `length` values, value(i, p) the input channel i at p.
  const auto branch = [&](const std::vector<double>& w, int length, int o, int p, const auto& value) {
    double y = 0;
    for (int k = 0; k < std::min(kM, length / 2 + 1); ++k) {
      Complex128 mixed = 0;
      for (int i = 0; i < kC; ++i)
        for (int q = 0; q < length; ++q)
          mixed += weight(w, k, i, o) * value(i, q) * std::polar(1.0, -2 * std::numbers::pi * k * q / length);
      const double twice = k == 0 || 2 * k == length ? 1 : 2;
      y += twice * (mixed * std::polar(1.0, 2 * std::numbers::pi * k * p / length)).real() / length;
    }
    return y;
  };
  std::vector<double> expected;
  for (int b = 0; b < kB; ++b)
    for (int o = 0; o < kC; ++o)
      for (int row = 0; row < kH; ++row)
        for (int column = 0; column < kW; ++column)
          expected.push_back(branch(wy, kH, o, row, [&](int i, int q) { return at(b, i, q, column); }) +
                             branch(wx, kW, o, column, [&](int i, int q) { return at(b, i, row, q); }));
  EXPECT_TRUE(near_scaled(host_values(s(Var(x)).value()), expected, 2e-6));
}

// Every plane of so many points has mean 0 and the given deviation.
void expect_normed(const std::vector<double>& values, std::size_t points, double deviation) {
  const auto n = static_cast<double>(points);
  for (std::size_t first = 0; first < values.size(); first += points) {
    double total = 0, squares = 0;
    for (std::size_t i = first; i < first + points; ++i) {
      total += values[i];
      squares += values[i] * values[i];
    }
    EXPECT_NEAR(total / n, 0, 1e-5);
    EXPECT_NEAR(std::sqrt(squares / n), deviation, 0.02 * deviation);
  }
}

TEST(HybridResnet, ABlockAddsAGatedNormedUpdate) {
  const Device device = cpu_device(1);
  ParameterStore store(device, 43);
  const Var gate = store.constant("gate", Shape{1}, 0.1);
  const Block block = resnet_block(store, "block", 4, gate, false);
  Random random(44);
  const Var x(normal_tensor(random, {2, 4, 8, 8}, Dtype::float32, device));
  const std::vector<double> update = host_values((block(x) - x).value());
  expect_normed(update, 64, 0.1);  // γ = 1, β = 0: mean 0, deviation g
  gate.set_value(Tensor::zeros({1}, Dtype::float32, device));
  EXPECT_EQ(host_values(block(x).value()), host_values(x.value()));
}

// Mirrored borders continue a constant, and the norm of a constant is 0; zeros beyond the border would show.
TEST(HybridResnet, ABlockLeavesAConstantAlone) {
  const Device device = cpu_device(1);
  ParameterStore store(device, 43);
  const Block block = resnet_block(store, "block", 4, store.constant("gate", Shape{1}, 1), false);
  const std::vector<double> y = host_values(block(Var(Tensor::full({1, 4, 8, 8}, Dtype::float32, device, 2))).value());
  for (const double v : y) EXPECT_NEAR(v, 2, 1e-3);
}

TEST(HybridResnet, HasSixBlocksAndTwoNormedUpSamplings) {
  const Device device = cpu_device(1);
  ParameterStore store(device, 44);
  const auto model = make_network(store, {.architecture = "hybrid_resnet", .points = 16, .width = 4, .modes = 5});
  Random random(45);
  int blocks = 0;
  std::vector<Shape> shapes;
  const ObserverScope scope([&](const std::string& name, const Var& value) {
    blocks += name.starts_with("resnet_blocks.") && name.ends_with(".out");
    if (!name.starts_with("upsample.")) return;
    shapes.push_back(value.shape());
    expect_normed(host_values(value.value()), static_cast<std::size_t>(value.shape().product(2, 4)), 1);
  });
  (void)model->forward(Var(normal_tensor(random, {1, 1, 16, 16}, Dtype::float32, device)));
  EXPECT_EQ(blocks, 6);
  EXPECT_EQ(shapes, (std::vector<Shape>{{1, 8, 8, 8}, {1, 4, 16, 16}}));
}

// With the weights of the second path at zero, what is left is the centre.
TEST(Cnn, TheSecondPathFillsTheFrameAndLeavesTheCentre) {
  const Device device = cpu_device(2);
  Random random(45);
  const Var x(normal_tensor(random, {1, 1, 16, 16}, Dtype::float32, device));
  const auto moduli = [&](bool second_path) {
    ParameterStore store(device, 46);
    const auto model = make_network(store, {.architecture = "cnn", .points = 16});
    for (const Parameter& p : store.parameters())
      if (!second_path && p.name.find(".frame.") != std::string::npos)
        p.var.set_value(Tensor::zeros(p.var.shape(), p.var.dtype(), device));
    const std::vector<double> y = host_values(model->forward(x).value());
    std::vector<double> r;
    for (std::size_t i = 0; i < 256; ++i) r.push_back(std::hypot(y[i], y[256 + i]));
    return r;
  };
  const std::vector<double> whole = moduli(true), centre = moduli(false);
  for (std::size_t row = 0; row < 16; ++row)
    for (std::size_t column = 0; column < 16; ++column) {
      const std::size_t i = 16 * row + column;
      const bool inside = row >= 4 && row < 12 && column >= 4 && column < 12;
      if (inside) {
        EXPECT_EQ(whole[i], centre[i]);
        EXPECT_GT(centre[i], 0);
        EXPECT_LT(centre[i], 1);
      } else {
        EXPECT_EQ(centre[i], 0);
        EXPECT_GT(whole[i], 0);
      }
    }
}

}  // namespace
}  // namespace fno::test
