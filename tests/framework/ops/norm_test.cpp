#include "framework/ops/norm.h"

#include <cmath>

#include "framework/ops/elementwise.h"
#include "tests/support/expect_error.h"
#include "tests/support/golden_cases.h"
#include "tests/support/gradcheck.h"
#include "tests/support/near.h"
#include "tests/support/on_each_device.h"
#include "tests/support/random_tensors.h"

namespace fno::test {
namespace {

using NormOps = OnEachDevice;
FNO_ON_EACH_DEVICE(NormOps);

TEST_P(NormOps, GoldenInstanceNorm) {
  const GoldenFile golden("instance_norm2d");
  for (const std::string& name : tested_cases("instance_norm2d"))
    for (const Dtype real : {Dtype::float32, Dtype::float64}) {
      SCOPED_TRACE(testing::Message() << name << " in " << real);
      const auto leaf = [&](const char* array) { return Var::leaf(golden.tensor(name, array, real, device)); };
      const Var x = leaf("x"), gamma = leaf("weight"), beta = leaf("bias");
      const Tolerance output = name == "offset" ? kOffsetNorm : kOutput;
      const Tolerance gradient = name == "offset" ? kOffsetNorm : kGradient;
      const Var y = instance_norm(x, gamma, beta, golden.number(name, "eps"));
      EXPECT_TRUE(near_golden(y.value(), golden.get(name, "y"), output));
      backward(y, golden.tensor(name, "gy", real, device));
      EXPECT_TRUE(near_golden(x.grad(), golden.get(name, "grad_x"), gradient));
      EXPECT_TRUE(near_golden(gamma.grad(), golden.get(name, "grad_weight"), gradient));
      EXPECT_TRUE(near_golden(beta.grad(), golden.get(name, "grad_bias"), gradient));
    }
}

const std::vector<Shape> kShapes{{1, 1, 2},    {2, 3, 7},    {2, 2, 16},     {1, 2, 1, 2},
                                 {2, 3, 5, 7}, {3, 2, 8, 6}, {2, 2, 13, 11}, {1, 3, 2, 3, 4}};

// The defining formula, plane by plane.
std::vector<double> direct_norm(const std::vector<double>& x, const Shape& shape, const std::vector<double>& gamma,
                                const std::vector<double>& beta, double eps, bool with_gelu) {
  const auto points = static_cast<std::size_t>(shape.product(2, shape.rank()));
  std::vector<double> y = x;
  if (with_gelu)
    for (double& v : y) v *= 0.5 * std::erfc(-v / std::sqrt(2.0));
  for (std::size_t plane = 0; plane * points < y.size(); ++plane) {
    double mean = 0, variance = 0;
    for (std::size_t p = 0; p < points; ++p) mean += y[plane * points + p] / static_cast<double>(points);
    for (std::size_t p = 0; p < points; ++p)
      variance += std::pow(y[plane * points + p] - mean, 2) / static_cast<double>(points);
    const std::size_t c = plane % static_cast<std::size_t>(shape[1]);
    for (std::size_t p = 0; p < points; ++p) {
      double& v = y[plane * points + p];
      v = gamma[c] * (v - mean) / std::sqrt(variance + eps) + beta[c];
    }
  }
  return y;
}

TEST_P(NormOps, EqualTheirFormula) {
  Random random(41);
  for (const Shape& shape : kShapes) {
    SCOPED_TRACE(testing::Message() << shape);
    const auto draw = [&](const Shape& s) { return normal_tensor(random, s, Dtype::float64, device); };
    const Tensor x = draw(shape), residual = draw(shape), gamma = draw({shape[1]}), beta = draw({shape[1]}),
                 gate = draw({shape[1]});
    const auto g = host_values(gamma), b = host_values(beta), s = host_values(gate), r = host_values(residual);
    EXPECT_TRUE(near_scaled(host_values(instance_norm(Var(x), Var(gamma), Var(beta), 1e-3).value()),
                            direct_norm(host_values(x), shape, g, b, 1e-3, false), 1e-12));
    const std::vector<double> ones(g.size(), 1), zeros(g.size(), 0);
    EXPECT_TRUE(near_scaled(host_values(instance_norm(Var(x), Var(), Var()).value()),
                            direct_norm(host_values(x), shape, ones, zeros, 1e-5, false), 1e-12));
    std::vector<double> gated = direct_norm(host_values(x), shape, g, b, 1e-5, true);
    const auto points = static_cast<std::size_t>(shape.product(2, shape.rank()));
    for (std::size_t i = 0; i < gated.size(); ++i) gated[i] = r[i] + s[i / points % s.size()] * gated[i];
    EXPECT_TRUE(
        near_scaled(host_values(gelu_norm_residual(Var(x), Var(residual), Var(gamma), Var(beta), Var(gate)).value()),
                    gated, 1e-12));
  }
}

TEST_P(NormOps, GradientsWithAndWithoutEachParameter) {
  Random random(42);
  for (const Shape& shape : kShapes) {
    const Shape channel{shape[1]};
    for (int given = 0; given < 8; ++given) {
      SCOPED_TRACE(testing::Message() << shape << " parameters " << given);
      std::vector<Tensor> inputs{normal_tensor(random, shape, Dtype::float64, device),
                                 normal_tensor(random, shape, Dtype::float64, device)};
      for (int i = 0; i < 3; ++i)
        if (given >> i & 1) inputs.push_back(normal_tensor(random, channel, Dtype::float64, device));
      const auto pick = [given](const std::vector<Var>& v, int which) {
        std::size_t at = 2;
        for (int i = 0; i < which; ++i) at += static_cast<std::size_t>(given >> i & 1);
        return given >> which & 1 ? v[at] : Var();
      };
      // A wide eps: on planes of two points the plain one makes the function too steep for the differences.
      EXPECT_TRUE(gradient_matches(
          [&](const std::vector<Var>& v) {
            return gelu_norm_residual(v[0], v[1], pick(v, 0), pick(v, 1), pick(v, 2), 0.5);
          },
          inputs, random));
      if (given >> 2 & 1) continue;
      EXPECT_TRUE(gradient_matches(
          [&](const std::vector<Var>& v) { return instance_norm(v[0], pick(v, 0), pick(v, 1), 0.5) + v[1]; }, inputs,
          random));
    }
  }
}

TEST_P(NormOps, ZeroGateLetsTheResidualThroughAndStillLearns) {
  Random random(43);
  const Shape shape{2, 3, 4, 5};
  const Var z = Var::leaf(normal_tensor(random, shape, Dtype::float32, device));
  const Var residual = Var::leaf(normal_tensor(random, shape, Dtype::float32, device));
  const Var gate = Var::leaf(Tensor::zeros({3}, Dtype::float32, device));
  const Var y = gelu_norm_residual(z, residual, Var(), Var(), gate);
  EXPECT_EQ(host_values(y.value()), host_values(residual.value()));
  const Tensor dy = normal_tensor(random, shape, Dtype::float32, device);
  backward(y, dy);
  EXPECT_EQ(host_values(residual.grad()), host_values(dy));
  EXPECT_EQ(host_values(z.grad()), std::vector<double>(120, 0.0));
  for (const double g : host_values(gate.grad())) EXPECT_NE(g, 0);
}

TEST_P(NormOps, ConstantPlaneIsFinite) {
  const Var x = Var::leaf(Tensor::full({1, 2, 4, 4}, Dtype::float32, device, 3.0));
  const Var y = instance_norm(x, Var(), Var());
  EXPECT_EQ(host_values(y.value()), std::vector<double>(32, 0.0));
  backward(sum(square(y)));
  EXPECT_EQ(host_values(x.grad()), std::vector<double>(32, 0.0));
}

TEST_P(NormOps, ErrorsSayWhatIsNeeded) {
  const auto zeros = [&](const Shape& shape) { return Var(Tensor::zeros(shape, Dtype::float32, device)); };
  const auto kind = ErrorKind::config;
  EXPECT_TRUE(throws_error(kind, "at least two points a plane, not (2, 3, 1, 1)", [&] {
    (void)instance_norm(zeros({2, 3, 1, 1}), Var(), Var());
  }));
  EXPECT_TRUE(throws_error(kind, "instance_norm: gamma (4), (3) is needed", [&] {
    (void)instance_norm(zeros({2, 3, 4}), zeros({4}), Var());
  }));
  EXPECT_TRUE(throws_error(kind, "residual (2, 3, 5), (2, 3, 4) is needed", [&] {
    (void)gelu_norm_residual(zeros({2, 3, 4}), zeros({2, 3, 5}), Var(), Var(), Var());
  }));
}

}  // namespace
}  // namespace fno::test
