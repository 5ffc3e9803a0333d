#include "tools/tasks/ptychography/physics.h"

#include <cmath>
#include <gtest/gtest.h>
#include <numbers>

#include "framework/autograd/var.h"
#include "framework/cpu/device.h"
#include "framework/tensor/random.h"
#include "tools/settings/settings.h"

namespace fno::ptychography {
namespace {

const Device& cpu() {
  static const Device device = cpu_device(1);
  return device;
}

constexpr int kN = 8;
constexpr std::size_t kPixels = kN * kN;

// A probe without any symmetry, so that a transposed or conjugated one shows.
PtychoData with_probe() {
  PtychoData data;
  data.N = kN;
  data.C = 1;
  Random random(3);
  for (std::size_t i = 0; i < kPixels; ++i)
    data.probe.emplace_back(static_cast<float>(random.normal()), static_cast<float>(random.normal()));
  return data;
}

std::vector<float> random_patches(int batch, std::uint64_t seed) {
  Random random(seed);
  std::vector<float> values(static_cast<std::size_t>(batch) * 2 * kPixels);
  for (float& v : values) v = static_cast<float>(random.normal());
  return values;
}

Var patches_on(const std::vector<float>& values) {
  const auto batch = static_cast<std::int64_t>(values.size() / (2 * kPixels));
  return Var(Tensor::from(values, Shape{batch, 2, kN, kN}, cpu()));
}

// Specification, section 3.1: fftshift of |sum over pixels of o P e^(-2 pi i k n / N)| / N, as a double sum.
std::vector<double> by_the_sum(const PtychoData& data, const std::vector<float>& patches, std::size_t sample) {
  std::vector<double> amplitude(kPixels);
  const float* re = patches.data() + sample * 2 * kPixels;
  for (int k = 0; k < kN; ++k)
    for (int l = 0; l < kN; ++l) {
      std::complex<double> sum;
      for (int r = 0; r < kN; ++r)
        for (int c = 0; c < kN; ++c) {
          const auto at = static_cast<std::size_t>(r * kN + c);
          const std::complex<double> o(re[at], re[kPixels + at]);
          sum +=
              o * std::complex<double>(data.probe[at]) * std::polar(1.0, -2 * std::numbers::pi * (k * r + l * c) / kN);
        }
      amplitude[static_cast<std::size_t>((k + kN / 2) % kN * kN + (l + kN / 2) % kN)] = std::abs(sum) / kN;
    }
  return amplitude;
}

TEST(Physics, AmplitudeIsTheSumOfTheSpecificationTimesTheGain) {
  const PtychoData data = with_probe();
  struct Rule {
    const char* text;
    double gain;  // of a batch of 3
  };
  for (const Rule& rule : {Rule{"1", 1}, Rule{"fixed:16", 16}, Rule{"fixed:0.25", 0.25}, Rule{"batch", 3}}) {
    const Physics physics(data, probe_gain(rule.text).value(), cpu());
    const std::vector<float> patches = random_patches(3, 5);
    const std::vector<float> found = physics.amplitude(patches_on(patches)).value().to_host<float>();
    EXPECT_EQ(physics.gain(3), rule.gain);
    for (std::size_t sample = 0; sample < 3; ++sample) {
      const std::vector<double> wanted = by_the_sum(data, patches, sample);
      for (std::size_t i = 0; i < kPixels; ++i)
        ASSERT_NEAR(found[sample * kPixels + i], rule.gain * wanted[i], 2e-6 * rule.gain * 20) << rule.text;
    }
  }
}

TEST(Physics, TheGainOfABatchIsItsOwnSize) {
  const PtychoData data = with_probe();
  const Physics physics(data, {.batch = true}, cpu());
  const std::vector<float> one = random_patches(1, 5);
  std::vector<float> four;
  for (int i = 0; i < 4; ++i) four.insert(four.end(), one.begin(), one.end());
  const std::vector<float> a = physics.amplitude(patches_on(one)).value().to_host<float>();
  const std::vector<float> b = physics.amplitude(patches_on(four)).value().to_host<float>();
  for (std::size_t i = 0; i < kPixels; ++i) EXPECT_NEAR(b[3 * kPixels + i], 4 * a[i], 1e-5 * a[i]);
}

TEST(PhysicsLoss, MaeIsRelativeToTheMeanOfTheBatch) {
  const PtychoData data = with_probe();
  const Physics physics(data, {}, cpu());
  const std::vector<float> patches = random_patches(2, 7);
  std::vector<float> x(2 * kPixels);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = 0.5f + 0.01f * static_cast<float>(i);
  const Var target(Tensor::from(x, Shape{2, 1, kN, kN}, cpu()));
  double distance = 0, mean = 0;
  for (std::size_t sample = 0; sample < 2; ++sample) {
    const std::vector<double> p = by_the_sum(data, patches, sample);
    for (std::size_t i = 0; i < kPixels; ++i) {
      distance += std::abs(p[i] - static_cast<double>(x[sample * kPixels + i]));
      mean += static_cast<double>(x[sample * kPixels + i]);
    }
  }
  const double loss = physics_loss(physics, "mae", 1)(patches_on(patches), target).value().item();
  EXPECT_NEAR(loss, distance / mean, 1e-5 * distance / mean);
  // About 1 for a prediction of nothing, whatever the scale.
  const std::vector<float> nothing(2 * 2 * kPixels);
  EXPECT_NEAR(physics_loss(physics, "mae", 1)(patches_on(nothing), target).value().item(), 1, 1e-6);
}

TEST(PhysicsLoss, PoissonTakesTheScaleOfTheCounts) {
  const PtychoData data = with_probe();
  const Physics physics(data, {.fixed = 2}, cpu());
  const std::vector<float> patches = random_patches(1, 9);
  std::vector<float> x(kPixels);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = 0.5f + 0.03f * static_cast<float>(i);
  const Var target(Tensor::from(x, Shape{1, 1, kN, kN}, cpu()));
  constexpr double kScale = 3;
  const std::vector<double> p = by_the_sum(data, patches, 0);
  double nll = 0, mean = 0;
  for (std::size_t i = 0; i < kPixels; ++i) {
    const double rate = std::pow(kScale * 2 * p[i], 2), count = std::pow(kScale * static_cast<double>(x[i]), 2);
    nll += rate - count * std::log(rate) + std::lgamma(count + 1);
    mean += static_cast<double>(x[i]) / kPixels;
  }
  const double loss = physics_loss(physics, "poisson", kScale)(patches_on(patches), target).value().item();
  EXPECT_NEAR(loss, nll / mean, 1e-4 * std::abs(nll / mean));
}

TEST(PhysicsLoss, GradientIsFiniteWhereTheObjectIsNothing) {
  const PtychoData data = with_probe();
  const Physics physics(data, {.fixed = 16}, cpu());
  const Var patch = Var::leaf(Tensor::zeros(Shape{2, 2, kN, kN}, Dtype::float32, cpu()));
  const Var target(Tensor::full(Shape{2, 1, kN, kN}, Dtype::float32, cpu(), 0.3));
  backward(physics_loss(physics, "mae", 1)(patch, target));
  for (const float g : patch.grad().to_host<float>()) ASSERT_TRUE(std::isfinite(g));
}

}  // namespace
}  // namespace fno::ptychography
