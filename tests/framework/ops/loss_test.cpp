#include "framework/ops/loss.h"

#include <cmath>

#include "framework/ops/elementwise.h"
#include "framework/ops/shape.h"
#include "tests/support/adjoint.h"
#include "tests/support/expect_error.h"
#include "tests/support/golden_cases.h"
#include "tests/support/gradcheck.h"
#include "tests/support/near.h"
#include "tests/support/on_each_device.h"
#include "tests/support/random_tensors.h"

namespace fno::test {
namespace {

using Losses = OnEachDevice;
FNO_ON_EACH_DEVICE(Losses);

using Loss = std::function<Var(const Var&, const Var&)>;

testing::AssertionResult near_loss(const Var& loss, double expected) {
  return near_mixed({loss.value().item()}, {expected}, 0, kLoss.of(loss.dtype()));
}

// One sample and one channel of (B, C, n…): the losses of a single plane are the entries of the per-channel arrays.
Var plane(const Var& x, std::int64_t sample, std::int64_t channel) {
  return slice(slice(x, 0, sample, sample + 1), 1, channel, channel + 1);
}

TEST_P(Losses, Golden) {
  const GoldenFile golden("losses");
  for (const std::string& name : tested_cases("losses"))
    for (const Dtype real : {Dtype::float32, Dtype::float64}) {
      SCOPED_TRACE(testing::Message() << name << " in " << real);
      const Var p(golden.tensor(name, "pred", real, device)), t(golden.tensor(name, "target", real, device));
      const auto number = [&](const char* array) { return golden.number(name, array); };
      // The planes as samples of one channel: the mean over samples and channels.
      const auto planes = [](const Var& v) { return reshape(v, {6, 1, v.value().size() / 6}); };
      EXPECT_TRUE(near_loss(relative_l2(planes(p), planes(t), 1e-8), number("rel_l2")));
      EXPECT_TRUE(near_loss(relative_h1(p, t), number("rel_h1")));
      EXPECT_TRUE(near_loss(mean(square(p - t)), number("mse")));
      EXPECT_TRUE(near_loss(mae(p, t), number("mae")));
      const auto of = [&](const char* array) { return golden.get(name, array).values; };
      const std::vector<double> l2 = of("rel_l2_per_channel"), h1 = of("rel_h1_per_channel"),
                                samples = of("rel_l2_per_sample_all_channels"), absolute = of("abs_l2_per_channel");
      double mean_of_samples = 0;
      for (std::int64_t b = 0; b < 3; ++b) {
        const auto at_sample = static_cast<std::size_t>(b);
        mean_of_samples += samples[at_sample] / 3;
        EXPECT_TRUE(near_loss(relative_l2(slice(p, 0, b, b + 1), slice(t, 0, b, b + 1)), samples[at_sample]));
        for (std::int64_t c = 0; c < 2; ++c) {
          const auto at = static_cast<std::size_t>(2 * b + c);
          const Var pp = plane(p, b, c), tt = plane(t, b, c);
          EXPECT_TRUE(near_loss(relative_l2(pp, tt, 1e-8), l2[at]));
          EXPECT_TRUE(near_loss(relative_h1(pp, tt), h1[at]));
          EXPECT_TRUE(near_loss(sqrt(mean(square(pp - tt))), absolute[at]));
        }
      }
      EXPECT_TRUE(near_loss(relative_l2(p, t), mean_of_samples));

      const auto gradient_of = [&](const Loss& loss) {
        const Var leaf = Var::leaf(p.value());
        backward(loss(leaf, t));
        return leaf.grad();
      };
      EXPECT_TRUE(
          near_golden(gradient_of([&](const Var& a, const Var& b) { return relative_l2(planes(a), planes(b), 1e-8); }),
                      golden.get(name, "grad_rel_l2_pred"), kGradient));
      EXPECT_TRUE(near_golden(gradient_of([](const Var& a, const Var& b) { return relative_h1(a, b); }),
                              golden.get(name, "grad_rel_h1_pred"), kGradient));
    }
}

TEST_P(Losses, GoldenPoissonOfAmplitudes) {
  const GoldenFile golden("poisson_nll");
  for (const std::string& name : tested_cases("poisson_nll"))
    for (const Dtype real : {Dtype::float32, Dtype::float64}) {
      SCOPED_TRACE(testing::Message() << name << " in " << real);
      // The reference is the mean over all 24 elements; the loss sums over a sample and divides by the mean amplitude.
      const Shape shape{1, 4, 6};
      const Var p = Var::leaf(golden.tensor("common", "amp_pred", real, device).reshape(shape));
      const Var t(golden.tensor("common", "amp_target", real, device).reshape(shape));
      const double ratio = 24 / (mean(t).value().item() + 1e-8);
      const Var loss = poisson_over_mean(p, t, 1, 0);
      EXPECT_TRUE(near_loss(loss, ratio * golden.number(name, "mean")));
      backward(loss);
      std::vector<double> gradient = golden.get(name, "grad_amp_pred").values, each;
      for (double& g : gradient) g *= ratio;
      EXPECT_TRUE(near_scaled(host_values(p.grad()), gradient, kGradient.of(real)));
      for (std::int64_t row = 0; row < 4; ++row)
        for (std::int64_t column = 0; column < 6; ++column) {
          const auto one = [&](const Var& v) { return slice(slice(v, 1, row, row + 1), 2, column, column + 1); };
          const double size = one(t).value().item() + 1e-8;
          each.push_back(size * poisson_over_mean(one(p), one(t), 1, 0).value().item());
        }
      EXPECT_TRUE(near_scaled(each, golden.get(name, "per_element").values, kLoss.of(real)));
    }
}

const std::vector<std::pair<const char*, Loss>> kLosses{
    {"relative_l2", [](const Var& p, const Var& t) { return relative_l2(p, t); }},
    {"relative_h1", [](const Var& p, const Var& t) { return relative_h1(p, t); }},
    {"mae", [](const Var& p, const Var& t) { return mae(p, t); }},
    {"mae_over_mean", [](const Var& p, const Var& t) { return mae_over_mean(p, t); }},
    {"poisson_over_mean", [](const Var& p, const Var& t) { return poisson_over_mean(p, t, 3); }}};

const std::vector<Shape> kShapes{{1, 1, 1},    {1, 1, 2},    {2, 2, 7},      {2, 1, 3, 1},
                                 {3, 2, 5, 4}, {1, 2, 7, 8}, {2, 1, 3, 4, 5}};

TEST_P(Losses, Gradients) {
  Random random(81);
  for (const auto& [name, loss] : kLosses)
    for (const Shape& shape : kShapes) {
      SCOPED_TRACE(testing::Message() << name << " of " << shape);
      const Tensor t = uniform_tensor(random, shape, 1, 2, Dtype::float64, device);
      const Tensor p = uniform_tensor(random, shape, 2.2, 3, Dtype::float64, device);  // no error near 0, a kink of mae
      EXPECT_TRUE(gradient_matches([&](const std::vector<Var>& v) { return loss(v[0], Var(t)); }, {p}, random));
    }
}

TEST_P(Losses, PerfectPredictionHasZeroLossAndFiniteGradient) {
  Random random(82);
  const Tensor t = normal_tensor(random, {2, 2, 5, 4}, Dtype::float32, device);
  for (const auto& [name, loss] : kLosses) {
    if (std::string(name).starts_with("poisson")) continue;
    const Var p = Var::leaf(t.clone());
    const Var value = loss(p, Var(t));
    EXPECT_EQ(value.value().item(), 0) << name;
    backward(value);
    for (const double g : host_values(p.grad())) EXPECT_EQ(g, 0) << name;
  }
}

TEST_P(Losses, NanInThePredictionShows) {
  for (const auto& [name, loss] : kLosses) {
    const Var p(tensor_of({1, std::nan(""), 3}, {1, 1, 3}, Dtype::float32, device));
    const Var t(tensor_of({1, 2, 3}, {1, 1, 3}, Dtype::float32, device));
    EXPECT_TRUE(std::isnan(loss(p, t).value().item())) << name;
  }
}

TEST_P(Losses, MaeOverMeanByHand) {
  const Var p(tensor_of({1, 4, 5}, {1, 1, 3}, Dtype::float64, device));
  const Var t(tensor_of({2, 2, 2}, {1, 1, 3}, Dtype::float64, device));
  EXPECT_NEAR(mae_over_mean(p, t).value().item(), 2.0 / (2 + 1e-8), 1e-14);
}

// The sign of each error over the number of elements and the mean; equal elements and the size pull nowhere. Several
// chunks of the sum, with a rest.
TEST_P(Losses, MaeOverMeanOfManyElements) {
  Random random(84);
  for (const Dtype real : {Dtype::float32, Dtype::float64}) {
    const Shape shape{3, 1, 61, 67};
    const Tensor t = uniform_tensor(random, shape, 0, 2, real, device);
    std::vector<double> p = host_values(uniform_tensor(random, shape, 0, 2, real, device)), signs;
    const std::vector<double> o = host_values(t);
    double error = 0, size = 0;
    for (std::size_t i = 0; i < p.size(); ++i) {
      if (i % 10 == 0) p[i] = o[i];
      error += std::abs(p[i] - o[i]);
      size += o[i];
      signs.push_back((p[i] > o[i]) - (p[i] < o[i]));
    }
    const auto n = static_cast<double>(p.size());
    for (double& sign : signs) sign *= 3 / n / (size / n + 1e-8);
    const Var leaf = Var::leaf(tensor_of(p, shape, real, device)), loss = mae_over_mean(leaf, Var(t));
    EXPECT_TRUE(near_loss(loss, error / (size + 1e-8 * n)));
    backward(loss, Tensor::full(loss.shape(), real, device, 3));
    EXPECT_TRUE(near_scaled(host_values(leaf.grad()), signs, real == Dtype::float32 ? 1e-6 : 1e-14));
  }
}

TEST_P(Losses, PoissonOverMeanIsTheSumOverASampleByTheMean) {
  Random random(85);
  const Tensor p = uniform_tensor(random, {3, 2, 5, 4}, 0.1, 1.5, Dtype::float64, device);
  const Tensor t = uniform_tensor(random, {3, 2, 5, 4}, 0.1, 1.5, Dtype::float64, device);
  constexpr double kCounts = 990, kFloor = 1e-8;
  const std::vector<double> a = host_values(p), o = host_values(t);
  long double sum = 0, size = 0;
  std::vector<double> gradient;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const long double root = kCounts * static_cast<long double>(a[i]), other = kCounts * static_cast<long double>(o[i]);
    const long double rate = root * root + kFloor, k = other * other;
    sum += rate - k * std::log(rate) + std::lgamma(k + 1);
    size += static_cast<long double>(o[i]);
    gradient.push_back(static_cast<double>(2 * kCounts * root * (1 - k / rate) / 3));
  }
  const long double mean = size / static_cast<long double>(a.size()) + 1e-8L;
  for (double& g : gradient) g /= static_cast<double>(mean);
  for (const Dtype real : {Dtype::float32, Dtype::float64}) {
    // In float only the rounding of the amplitudes themselves remains, magnified by the curvature.
    const double tolerance = real == Dtype::float32 ? 1e-5 : 1e-11;
    const Var leaf = Var::leaf(tensor_of(a, p.shape(), real, device));
    const Var loss = poisson_over_mean(leaf, Var(tensor_of(o, t.shape(), real, device)), kCounts);
    EXPECT_TRUE(near_mixed({loss.value().item()}, {static_cast<double>(sum / 3 / mean)}, 0, tolerance));
    backward(loss);
    EXPECT_TRUE(near_scaled(host_values(leaf.grad()), gradient, tolerance));
  }
}

// A blank prediction: the floor keeps loss and gradient finite.
TEST_P(Losses, PoissonOverMeanOfNothingIsFinite) {
  const Var p = Var::leaf(Tensor::zeros({1, 1, 3}, Dtype::float32, device));
  const Var t(tensor_of({0, 0.5, 1}, {1, 1, 3}, Dtype::float32, device));
  const Var loss = poisson_over_mean(p, t);
  const double expected = 3e-8 - 1.25 * std::log(1e-8) + std::lgamma(1.25);
  EXPECT_TRUE(near_loss(loss, expected / 0.5));
  backward(loss);
  for (const double g : host_values(p.grad())) EXPECT_EQ(g, 0);
}

TEST_P(Losses, CentralDifferenceByHandAndAdjoint) {
  const Var x(tensor_of({1, 4, 9, 16}, {1, 1, 4}, Dtype::float64, device));
  EXPECT_EQ(host_values(central_difference(x, 0).value()), (std::vector<double>{-24, 16, 24, -16}));
  Random random(83);
  for (const Shape& shape : {Shape{1, 2, 5}, Shape{2, 1, 3, 8}, Shape{1, 1, 3, 4, 7}})
    for (int axis = 0; axis + 2 < shape.rank(); ++axis)
      for (const Dtype real : {Dtype::float32, Dtype::float64})
        EXPECT_TRUE(adjoint_holds([axis](const Var& v) { return central_difference(v, axis); },
                                  normal_tensor(random, shape, real, device), random));
}

TEST_P(Losses, ErrorsSayWhatIsNeeded) {
  const auto zeros = [&](const Shape& shape) { return Var(Tensor::zeros(shape, Dtype::float32, device)); };
  for (const auto& [name, loss] : kLosses)
    EXPECT_TRUE(throws_error(ErrorKind::config, "(1, 1, 4) and target (1, 1, 5)", [&, &f = loss] {
      (void)f(zeros({1, 1, 4}), zeros({1, 1, 5}));
    })) << name;
  for (const auto& [counts, floor] : {std::pair{0.0, 1e-8}, {1.0, -1.0}, {std::nan(""), 0.0}})
    EXPECT_TRUE(throws_error(ErrorKind::config, "poisson_over_mean: counts", [&, counts = counts, floor = floor] {
      (void)poisson_over_mean(zeros({1, 1, 4}), zeros({1, 1, 4}), counts, floor);
    }));
  EXPECT_TRUE(throws_error(ErrorKind::config, "central_difference: axis 1", [&] {
    (void)central_difference(zeros({1, 1, 4}), 1);
  }));
}

TEST_P(Losses, ATargetThatWantsAGradientIsRefusedByEach) {
  const Tensor ones = Tensor::full({2, 1, 8}, Dtype::float32, device, 1);
  const Var p = Var::leaf(ones), t = Var::leaf(ones.clone());
  const std::vector<Loss> all{[](const Var& a, const Var& b) { return relative_l2(a, b); },
                              [](const Var& a, const Var& b) { return relative_h1(a, b); }, mae, mae_over_mean,
                              [](const Var& a, const Var& b) { return poisson_over_mean(a, b); }};
  for (const Loss& loss : all) {
    EXPECT_TRUE(throws_error(ErrorKind::config, "wants a gradient; losses differentiate the prediction alone",
                             [&] { (void)loss(p, square(t)); }));
    backward(loss(square(p), Var(t.value())));
  }
  EXPECT_FALSE(t.has_grad());
}

}  // namespace
}  // namespace fno::test
