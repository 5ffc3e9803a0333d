#include <cmath>
#include <complex>
#include <numbers>

#include "framework/ops/elementwise.h"
#include "framework/ops/loss.h"
#include "tests/support/adjoint.h"
#include "tests/support/expect_error.h"
#include "tests/support/gradcheck.h"
#include "tests/support/near.h"
#include "tests/support/on_each_device.h"
#include "tests/support/random_tensors.h"
#include "tools/tasks/ptychography/physics.h"

namespace fno::test {
namespace {

using Diffraction = OnEachDevice;
FNO_ON_EACH_DEVICE(Diffraction);

using Number = std::complex<double>;
using ptychography::diffraction_amplitude;

struct Case {
  std::int64_t batch, channels, height, width;
  [[nodiscard]] Shape patch() const { return {batch, 2 * channels, height, width}; }
  [[nodiscard]] Shape probe() const { return {height, width}; }
  [[nodiscard]] Shape result() const { return {batch, channels, height, width}; }
};

// Even, odd, mixed, one row, one column, one point; one channel and more.
const std::vector<Case> kCases{{2, 1, 8, 8}, {1, 2, 7, 6}, {3, 1, 6, 7}, {2, 3, 5, 5},
                               {1, 1, 1, 6}, {2, 1, 9, 1}, {1, 1, 1, 1}, {2, 2, 3, 17}};

std::vector<Number> numbers(const Tensor& tensor) {
  const std::vector<double> pairs = host_values(tensor);
  std::vector<Number> values;
  for (std::size_t i = 0; i < pairs.size(); i += 2) values.emplace_back(pairs[i], pairs[i + 1]);
  return values;
}

// o ⊙ probe of every plane, by the layout of the header: real parts first, then imaginary ones.
std::vector<std::vector<Number>> exit_waves(const Case& c, const Tensor& patch, const Tensor& probe) {
  const std::vector<double> o = host_values(patch);
  const std::vector<Number> p = numbers(probe);
  const auto points = static_cast<std::size_t>(c.height * c.width);
  std::vector<std::vector<Number>> waves;
  for (std::int64_t b = 0; b < c.batch; ++b)
    for (std::int64_t k = 0; k < c.channels; ++k) {
      const double *re = o.data() + static_cast<std::size_t>(b * 2 * c.channels + k) * points,
                   *im = o.data() + static_cast<std::size_t>(b * 2 * c.channels + c.channels + k) * points;
      std::vector<Number>& wave = waves.emplace_back(points);
      for (std::size_t i = 0; i < points; ++i) wave[i] = Number(re[i], im[i]) * p[i];
    }
  return waves;
}

// The double sum over all points for every frequency, frequency 0 in the middle.
std::vector<double> by_direct_sums(const Case& c, const Tensor& patch, const Tensor& probe, double gain) {
  std::vector<double> result;
  const double turn = 2 * std::numbers::pi;
  for (const std::vector<Number>& wave : exit_waves(c, patch, probe))
    for (std::int64_t row = 0; row < c.height; ++row)
      for (std::int64_t column = 0; column < c.width; ++column) {
        const std::int64_t k = row - c.height / 2, l = column - c.width / 2;  // signed frequencies
        Number sum = 0;
        for (std::int64_t y = 0; y < c.height; ++y)
          for (std::int64_t x = 0; x < c.width; ++x)
            sum += wave[static_cast<std::size_t>(y * c.width + x)] *
                   std::polar(1.0, -turn * (static_cast<double>(k * y) / static_cast<double>(c.height) +
                                            static_cast<double>(l * x) / static_cast<double>(c.width)));
        result.push_back(std::abs(gain) * std::abs(sum) / std::sqrt(static_cast<double>(c.height * c.width)));
      }
  return result;
}

TEST_P(Diffraction, IsTheDirectDoubleSum) {
  Random random(11);
  for (const Case& c : kCases)
    for (const Dtype real : {Dtype::float32, Dtype::float64}) {
      SCOPED_TRACE(testing::Message() << c.patch() << " in " << real);
      const Tensor patch = normal_tensor(random, c.patch(), real, device);
      const Tensor probe = normal_tensor(random, c.probe(), complex_of(real), device);
      for (const double gain : {1.0, 2.5}) {
        const Var y = diffraction_amplitude(Var(patch), probe, gain);
        EXPECT_EQ(y.shape(), c.result());
        EXPECT_TRUE(near_scaled(host_values(y.value()), by_direct_sums(c, patch, probe, gain), kOutput.of(real)));
      }
    }
}

TEST_P(Diffraction, KeepsThePowerOfEveryExitWave) {
  Random random(12);
  for (const Case& c : {Case{2, 2, 64, 64}, Case{1, 1, 33, 20}}) {
    const Tensor patch = normal_tensor(random, c.patch(), Dtype::float64, device);
    const Tensor probe = normal_tensor(random, c.probe(), Dtype::complex128, device);
    constexpr double kGain = 16;
    const std::vector<double> y = host_values(diffraction_amplitude(Var(patch), probe, kGain).value());
    std::size_t at = 0;
    for (const std::vector<Number>& wave : exit_waves(c, patch, probe)) {
      double before = 0, after = 0;
      for (const Number& value : wave) before += kGain * kGain * std::norm(value);
      for (std::size_t i = 0; i < wave.size(); ++i, ++at) after += y[at] * y[at];
      EXPECT_NEAR(after, before, 1e-12 * before);
    }
  }
}

TEST_P(Diffraction, GradientAgreesWithDifferences) {
  Random random(13);
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.patch());
    const Tensor patch = uniform_tensor(random, c.patch(), 0.5, 1.5, Dtype::float64, device);
    const Tensor probe = normal_tensor(random, c.probe(), Dtype::complex128, device);
    EXPECT_TRUE(gradient_matches(
        [&](const std::vector<Var>& v) { return square(diffraction_amplitude(v[0], probe, 1.5)); }, {patch}, random));
  }
}

// The training loss as it is used, one number of the patch after the other: central differences to 1e-6.
TEST_P(Diffraction, GradientOfTheTrainingLossElementByElement) {
  Random random(14);
  const Case c{2, 1, 7, 6};
  const Tensor patch = normal_tensor(random, c.patch(), Dtype::float64, device);
  const Tensor probe = normal_tensor(random, c.probe(), Dtype::complex128, device);
  const Var measured(uniform_tensor(random, c.result(), 0.2, 1.0, Dtype::float64, device));
  const auto loss = [&](const Var& x) { return mae_over_mean(diffraction_amplitude(x, probe, 2), measured); };
  const Var x = Var::leaf(patch);
  backward(loss(x));
  const std::vector<double> gradient = host_values(x.grad());
  std::vector<double> values = host_values(patch), differences;
  constexpr double kStep = 1e-6;
  for (double& value : values) {
    const auto at = [&](double shifted) {
      const double kept = std::exchange(value, shifted);
      const double result = loss(Var(Tensor::from(values, c.patch(), device))).value().item();
      value = kept;
      return result;
    };
    differences.push_back((at(value + kStep) - at(value - kStep)) / (2 * kStep));
  }
  EXPECT_TRUE(near_scaled(gradient, differences, 1e-6));
}

TEST_P(Diffraction, BlankObjectHasZeroAmplitudeAndGradient) {
  Random random(15);
  for (const Dtype real : {Dtype::float32, Dtype::float64})
    for (const Case& c : {Case{2, 1, 8, 8}, Case{1, 2, 7, 6}}) {
      const Var x = Var::leaf(Tensor::zeros(c.patch(), real, device));
      const Var y = diffraction_amplitude(x, normal_tensor(random, c.probe(), complex_of(real), device), 16);
      for (const double value : host_values(y.value())) EXPECT_EQ(value, 0);
      const Var loss = mae_over_mean(y, Var(uniform_tensor(random, c.result(), 0.1, 1, real, device)));
      EXPECT_NEAR(loss.value().item(), 1, 1e-6);
      backward(loss);
      for (const double value : host_values(x.grad())) EXPECT_EQ(value, 0);
    }
}

// Only the middle of the detector is looked at: it sees the sum s of the exit wave, so the gradient of its amplitude is
// gain · conj(probe) · s/|s| / √(H·W) by hand. A gradient that arrives unshifted lands on another frequency.
TEST_P(Diffraction, MiddleOfTheDetectorSeesTheSum) {
  Random random(16);
  for (const Case& c : {Case{1, 1, 8, 8}, Case{1, 1, 7, 6}, Case{1, 1, 5, 9}}) {
    const Tensor patch = normal_tensor(random, c.patch(), Dtype::float64, device);
    const Tensor probe = normal_tensor(random, c.probe(), Dtype::complex128, device);
    const double gain = 3, root = std::sqrt(static_cast<double>(c.height * c.width));
    const auto middle = static_cast<std::size_t>(c.height / 2 * c.width + c.width / 2);
    Number sum = 0;
    const std::vector<std::vector<Number>> waves = exit_waves(c, patch, probe);
    for (const Number& value : waves[0]) sum += value;

    const Var x = Var::leaf(patch), y = diffraction_amplitude(x, probe, gain);
    EXPECT_NEAR(host_values(y.value())[middle], gain * std::abs(sum) / root, 1e-12 * std::abs(sum));
    std::vector<double> weights(static_cast<std::size_t>(c.height * c.width));
    weights[middle] = 1;
    backward(y, Tensor::from(weights, c.result(), device));
    std::vector<double> re, im;
    for (const Number& p : numbers(probe)) {
      const Number expected = gain * std::conj(p) * sum / std::abs(sum) / root;
      re.push_back(expected.real());
      im.push_back(expected.imag());
    }
    re.insert(re.end(), im.begin(), im.end());
    EXPECT_TRUE(near_scaled(host_values(x.grad()), re, 1e-12));
  }
}

// A power of two only moves exponents: bit for bit the same digits.
TEST_P(Diffraction, GainScalesAmplitudeAndGradient) {
  Random random(17);
  const Case c{2, 1, 8, 8};
  const Tensor patch = normal_tensor(random, c.patch(), Dtype::float32, device);
  const Tensor probe = normal_tensor(random, c.probe(), Dtype::complex64, device);
  const Tensor dy = normal_tensor(random, c.result(), Dtype::float32, device);
  const auto run = [&](double gain) {
    const Var x = Var::leaf(patch), y = diffraction_amplitude(x, probe, gain);
    backward(y, dy);
    return std::pair{host_values(y.value()), host_values(x.grad())};
  };
  auto [y, dx] = run(1);
  const auto [y16, dx16] = run(16);
  for (double& value : y) value *= 16;
  for (double& value : dx) value *= 16;
  EXPECT_EQ(y16, y);
  EXPECT_EQ(dx16, dx);
}

TEST_P(Diffraction, SamplesDoNotKnowOfEachOther) {
  Random random(18);
  const Case c{5, 2, 7, 6};
  const Tensor patch = normal_tensor(random, c.patch(), Dtype::float32, device);
  const Tensor probe = normal_tensor(random, c.probe(), Dtype::complex64, device);
  const Tensor dy = normal_tensor(random, c.result(), Dtype::float32, device);
  const Var all = Var::leaf(patch), y = diffraction_amplitude(all, probe);
  backward(y, dy);
  for (std::int64_t b = 0; b < c.batch; ++b) {
    const Var one = Var::leaf(patch.rows(b, b + 1).clone()), y_one = diffraction_amplitude(one, probe);
    backward(y_one, dy.rows(b, b + 1).clone());
    EXPECT_EQ(host_values(y_one.value()), host_values(y.value().rows(b, b + 1)));
    EXPECT_EQ(host_values(one.grad()), host_values(all.grad().rows(b, b + 1)));
  }
}

TEST_P(Diffraction, NanShows) {
  for (const Dtype real : {Dtype::float32, Dtype::float64}) {
    Tensor values = Tensor::full({1, 2, 4, 4}, real, device, 1);
    with_real(real, [&]<class T>(T) {
      std::vector<T> host = values.to_host<T>();
      host[5] = static_cast<T>(std::nan(""));
      values = Tensor::from(host, values.shape(), device);
    });
    const Var x = Var::leaf(values);
    const Var y = diffraction_amplitude(x, Tensor::full({4, 4}, complex_of(real), device, 1));
    for (const double value : host_values(y.value())) EXPECT_TRUE(std::isnan(value));
    backward(y, Tensor::full(y.shape(), real, device, 1));
    for (const double value : host_values(x.grad())) EXPECT_TRUE(std::isnan(value));
  }
}

TEST_P(Diffraction, SteadyStepsAskTheSystemForNothing) {
  Random random(20);
  const Case c{4, 1, 64, 64};
  const Tensor probe = normal_tensor(random, c.probe(), Dtype::complex64, device);
  const Var x = Var::leaf(normal_tensor(random, c.patch(), Dtype::float32, device));
  const Var measured(uniform_tensor(random, c.result(), 0, 1, Dtype::float32, device));
  const auto step = [&] {
    x.zero_grad();
    backward(mae_over_mean(diffraction_amplitude(x, probe, 16), measured));
  };
  for (int i = 0; i < 2; ++i) step();
  const auto before = device.memory().use().system_allocations;
  for (int i = 0; i < 3; ++i) step();
  EXPECT_EQ(device.memory().use().system_allocations, before);
}

TEST_P(Diffraction, ErrorsSayWhatIsNeeded) {
  const auto zeros = [&](const Shape& shape, Dtype dtype = Dtype::float32) {
    return Tensor::zeros(shape, dtype, device);
  };
  const Tensor probe = zeros({4, 5}, Dtype::complex64);
  const auto refused = [&](const Tensor& patch, const Tensor& with, const char* text, double gain = 1) {
    return throws_error(ErrorKind::config, text, [&] { (void)diffraction_amplitude(Var(patch), with, gain); });
  };
  EXPECT_TRUE(refused(zeros({1, 3, 4, 5}), probe, "(1, 3, 4, 5)"));
  EXPECT_TRUE(refused(zeros({2, 4, 5}), probe, "(2, 4, 5)"));
  EXPECT_TRUE(refused(zeros({1, 2, 4, 5}, Dtype::complex64), probe, "a real patch"));
  EXPECT_TRUE(refused(zeros({0, 2, 4, 5}), probe, "nothing in the patch"));
  EXPECT_TRUE(refused(zeros({1, 2, 5, 4}), probe, "probe (4, 5) for a patch (1, 2, 5, 4)"));
  EXPECT_TRUE(refused(zeros({1, 2, 4, 5}), zeros({4, 5}), "the probe of a float32 patch is complex64, not float32"));
  EXPECT_TRUE(refused(zeros({1, 2, 4, 5}, Dtype::float64), probe, "complex128, not complex64"));
  EXPECT_TRUE(refused(zeros({1, 2, 4, 5}), Tensor(), "the probe of a float32 patch"));
  EXPECT_TRUE(refused(zeros({1, 2, 4, 5}), probe, "a gain of", std::nan("")));
}

}  // namespace
}  // namespace fno::test
