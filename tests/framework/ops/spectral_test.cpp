#include "framework/ops/spectral.h"

#include <complex>
#include <numbers>

#include "framework/cpu/device.h"
#include "framework/ops/conv.h"
#include "framework/ops/elementwise.h"
#include "tests/support/adjoint.h"
#include "tests/support/expect_error.h"
#include "tests/support/near.h"
#include "tests/support/on_each_device.h"
#include "tests/support/random_tensors.h"
#include "tests/support/spectral_reference.h"

namespace fno::test {
namespace {

using enum ModeConvention;
using Spectral = OnEachDevice;
FNO_ON_EACH_DEVICE(Spectral);

struct Case {
  ModeConvention convention;
  std::vector<int> grid;
  int modes;
};

std::ostream& operator<<(std::ostream& out, const Case& c) {
  return out << name_of(c.convention) << " m=" << c.modes << " on " << testing::PrintToString(c.grid);
}

// Tiny, odd, prime and even sizes; grids smaller than the modes; Nyquist columns and rows kept.
const std::vector<Case> kCases{
    {corner, {4, 5}, 1},  // only the mean
    {classic, {1}, 1},
    {classic, {2}, 2},
    {classic, {13}, 7},
    {classic, {16}, 9},
    {classic, {2, 1}, 1},
    {classic, {8, 8}, 4},
    {classic, {9, 7}, 4},
    {classic, {12, 10}, 3},
    {classic, {2, 2, 2}, 1},
    {classic, {6, 4, 5}, 2},
    {classic, {7, 8, 6}, 3},
    {corner, {1}, 3},
    {corner, {2}, 1},
    {corner, {11}, 4},
    {corner, {8}, 12},
    {corner, {8, 8}, 3},
    {corner, {8, 8}, 12},
    {corner, {5, 16}, 6},
    {corner, {7, 3}, 4},
    {corner, {3, 4, 5}, 2},
    {corner, {4, 2, 6}, 5},
    {centered, {1}, 2},
    {centered, {9}, 4},
    {centered, {6}, 12},
    {centered, {8, 8}, 4},
    {centered, {8, 8}, 5},
    {centered, {8, 8}, 8},
    {centered, {8, 8}, 12},
    {centered, {7, 6}, 12},
    {centered, {6, 9}, 7},
    {centered, {13, 5}, 3},
    {centered, {4, 5, 6}, 4},
    {centered, {5, 3, 4}, 6},
    {centered, {2, 2, 1}, 3},
    // Long even axes, whose quarters the CPU takes together; those of 66 and 98 have a middle.
    {classic, {64}, 33},
    {corner, {66}, 40},
    {centered, {98}, 12},
    {classic, {66, 4}, 3},
    {corner, {4, 100}, 7},
    {centered, {64, 66}, 2},
    {classic, {66, 2, 64}, 1}};

constexpr int kBatch = 2, kIn = 3, kOut = 2;

Shape x_shape(const Case& c, int channels) {
  Shape shape{kBatch, channels};
  for (const int n : c.grid) shape.push_back(n);
  return shape;
}

Tensor weights(Random& random, const ModeSet& modes, Dtype real, const Device& device) {
  return normal_tensor(random, {modes.weight_modes, kIn, kOut}, complex_of(real), device);
}

TEST_P(Spectral, EqualsTheDirectSum) {
  Random random(21);
  for (const Case& c : kCases)
    for (const Dtype real : {Dtype::float32, Dtype::float64}) {
      SCOPED_TRACE(testing::Message() << c << " in " << real);
      const auto modes = make_modes(c.convention, c.grid, c.modes);
      const Tensor x = normal_tensor(random, x_shape(c, kIn), real, device), w = weights(random, *modes, real, device);
      const Var y = spectral_conv(Var(x), Var(w), modes);
      EXPECT_EQ(y.shape(), x_shape(c, kOut));
      const auto expected = direct_spectral_conv(host_values(x), host_values(w), c.grid,
                                                 reference_modes(c.convention, c.grid, c.modes), kBatch, kIn, kOut);
      EXPECT_TRUE(near_scaled(host_values(y.value()), expected, kOutput.of(real)));
    }
}

TEST_P(Spectral, BackwardIsTheAdjointInInputAndWeights) {
  Random random(22);
  for (const Case& c : kCases)
    for (const Dtype real : {Dtype::float32, Dtype::float64}) {
      SCOPED_TRACE(testing::Message() << c << " in " << real);
      const auto modes = make_modes(c.convention, c.grid, c.modes);
      const Tensor x = normal_tensor(random, x_shape(c, kIn), real, device), w = weights(random, *modes, real, device);
      EXPECT_TRUE(adjoint_holds([&](const Var& v) { return spectral_conv(v, Var(w), modes); }, x, random));
      EXPECT_TRUE(adjoint_holds([&](const Var& v) { return spectral_conv(Var(x), v, modes); }, w, random));
    }
}

// A longer period is what zeros behind a field weighted by the trapezoidal rule would give.
TEST_P(Spectral, PaddingEqualsZerosBehindTheWeightedField) {
  Random random(28);
  for (const Case& c : std::vector<Case>{{classic, {10}, 5},
                                         {classic, {8, 6}, 3},
                                         {corner, {8, 4}, 3},
                                         {centered, {6, 8}, 4},
                                         {classic, {4, 6, 4}, 2}})
    for (const Dtype real : {Dtype::float32, Dtype::float64}) {
      SCOPED_TRACE(testing::Message() << c << " in " << real);
      const auto modes = make_modes(c.convention, c.grid, c.modes, 0.5);
      const Tensor x = normal_tensor(random, x_shape(c, kIn), real, device), w = weights(random, *modes, real, device);
      std::vector<int> padded;
      for (const int n : c.grid) padded.push_back(n + n / 2);
      const std::vector<double> values = host_values(x);
      std::vector<double> behind;
      std::vector<std::size_t> inside;  // points of the padded grid that are on the grid
      for (std::size_t plane = 0, next = 0; plane < kBatch * kIn; ++plane)
        for (const std::vector<int>& p : all_indices(padded)) {
          double weight = 1;
          for (std::size_t a = 0; a < p.size(); ++a)
            weight *= p[a] >= c.grid[a] ? 0 : p[a] == 0 ? 0.5 : p[a] == c.grid[a] - 1 ? 1.5 : 1;
          if (weight != 0 && plane < kBatch * kOut) inside.push_back(behind.size());
          behind.push_back(weight != 0 ? weight * values[next++] : 0);
        }
      const std::vector<double> sums = direct_spectral_conv(
          behind, host_values(w), padded, reference_modes(c.convention, padded, c.modes), kBatch, kIn, kOut);
      std::vector<double> expected;
      for (const std::size_t i : inside) expected.push_back(sums[i]);
      EXPECT_TRUE(near_scaled(host_values(spectral_conv(Var(x), Var(w), modes).value()), expected, kOutput.of(real)));
      EXPECT_TRUE(adjoint_holds([&](const Var& v) { return spectral_conv(v, Var(w), modes); }, x, random));
      EXPECT_TRUE(adjoint_holds([&](const Var& v) { return spectral_conv(Var(x), v, modes); }, w, random));
    }
}

// With padding the sum is an integral: halving the step of a smooth field changes its result by a quarter of what the
// halving before did. A plain sum converges half as fast.
TEST_P(Spectral, PaddingIntegratesToSecondOrder) {
  Random random(29);
  const Tensor w = normal_tensor(random, {4, 1, 1}, Dtype::complex128, device);
  const auto at_zero = [&](int n) {
    std::vector<double> x;
    for (int i = 0; i < n; ++i) x.push_back(std::exp(1.3 * i / n));
    const Var field(Tensor::from(x, Shape{1, 1, n}, device));
    return host_values(spectral_conv(field, Var(w), make_modes(corner, {n}, 4, 0.5)).value()).front();
  };
  const double coarse = at_zero(128), middle = at_zero(256), fine = at_zero(512);
  EXPECT_NEAR((coarse - middle) / (middle - fine), 4, 0.4);
}

// With both ends among n+1 points and no padding, the sum takes them as halves of one: the answer on the n points of
// the period is that of the periodic grid.
TEST_P(Spectral, BothEndsOfAPeriodAreOnePoint) {
  Random random(31);
  for (const auto convention : {ModeConvention::classic, ModeConvention::centered, corner}) {
    const auto periodic = make_modes(convention, {6, 8}, 3), ends = make_modes(convention, {7, 9}, 3, 0.0, true);
    ASSERT_EQ(ends->frequency, periodic->frequency);
    const Tensor w = normal_tensor(random, {periodic->weight_modes, 1, 1}, Dtype::complex128, device);
    const Tensor x = normal_tensor(random, {1, 1, 6, 8}, Dtype::float64, device);
    const std::vector<double> values = host_values(x);
    std::vector<double> closed;
    for (std::size_t i = 0; i < 7; ++i)
      for (std::size_t j = 0; j < 9; ++j) closed.push_back(values[i % 6 * 8 + j % 8]);
    const std::vector<double> expected = host_values(spectral_conv(Var(x), Var(w), periodic).value());
    const Var y = spectral_conv(Var(Tensor::from(closed, Shape{1, 1, 7, 9}, device)), Var(w), ends);
    const std::vector<double> found = host_values(y.value());
    for (std::size_t i = 0; i < 7; ++i)
      for (std::size_t j = 0; j < 9; ++j) EXPECT_NEAR(found[i * 9 + j], expected[i % 6 * 8 + j % 8], 1e-12);
  }
}

TEST_P(Spectral, RowsThatNoModeUsesGetZeroGradient) {
  Random random(23);
  const auto modes = make_modes(corner, {4, 4}, 6);  // 4 x 3 of 6 x 6 rows act
  const Var x(normal_tensor(random, {1, 2, 4, 4}, Dtype::float32, device));
  const Var w = Var::leaf(normal_tensor(random, {36, 2, 2}, Dtype::complex64, device));
  const Var y = spectral_conv(x, w, modes);
  backward(y, normal_tensor(random, y.shape(), Dtype::float32, device));
  const std::vector<double> grad = host_values(w.grad());
  for (std::size_t row = 0; row < 36; ++row) {
    double size = 0;
    for (std::size_t i = 0; i < 8; ++i) size += std::abs(grad[row * 8 + i]);
    EXPECT_EQ(size > 0, row / 6 < 4 && row % 6 < 3) << "row " << row;
  }
}

TEST_P(Spectral, FourierLayerIsTheSumOfItsParts) {
  Random random(24);
  for (const Case& c : kCases)
    for (const int kernel : {1, 3}) {
      SCOPED_TRACE(testing::Message() << c << " kernel " << kernel);
      const auto modes = make_modes(c.convention, c.grid, c.modes);
      Shape kernel_shape{kOut, kIn};
      for (std::size_t axis = 0; axis < c.grid.size(); ++axis) kernel_shape.push_back(kernel);
      const Tensor values[] = {normal_tensor(random, x_shape(c, kIn), Dtype::float64, device),
                               weights(random, *modes, Dtype::float64, device),
                               normal_tensor(random, kernel_shape, Dtype::float64, device),
                               normal_tensor(random, {kOut}, Dtype::float64, device)};
      std::vector<Var> a, b;
      for (const Tensor& value : values) {
        a.push_back(Var::leaf(value));
        b.push_back(Var::leaf(value));
      }
      const Var whole = fourier_layer(a[0], a[1], a[2], a[3], modes);
      const Var parts = spectral_conv(b[0], b[1], modes) + conv(b[0], b[2], b[3], {.stride = 1, .padding = kernel / 2});
      EXPECT_TRUE(near_scaled(host_values(whole.value()), host_values(parts.value()), 1e-13));
      const Tensor g = normal_tensor(random, whole.shape(), Dtype::float64, device);
      backward(whole, g);
      backward(parts, g);
      for (std::size_t i = 0; i < a.size(); ++i)
        EXPECT_TRUE(near_scaled(host_values(a[i].grad()), host_values(b[i].grad()), 1e-13)) << "input " << i;
    }
}

TEST_P(Spectral, FourierLayerBackwardIsTheAdjoint) {
  Random random(25);
  for (const Case& c : {Case{classic, {11}, 5}, Case{classic, {8, 6}, 4}, Case{corner, {7, 5}, 9},
                        Case{centered, {6, 8}, 5}, Case{classic, {4, 6, 5}, 2}})
    for (const Dtype real : {Dtype::float32, Dtype::float64}) {
      SCOPED_TRACE(testing::Message() << c << " in " << real);
      const auto modes = make_modes(c.convention, c.grid, c.modes);
      Shape kernel{kOut, kIn};
      for (std::size_t axis = 0; axis < c.grid.size(); ++axis) kernel.push_back(3);
      const Tensor x = normal_tensor(random, x_shape(c, kIn), real, device), w = weights(random, *modes, real, device);
      const Tensor k = normal_tensor(random, kernel, real, device), b = normal_tensor(random, {kOut}, real, device);
      const auto zeros = [&](const Tensor& like) { return Var(Tensor::zeros(like.shape(), like.dtype(), device)); };
      const Var no_bias = zeros(b), no_w = zeros(w), no_k = zeros(k);
      EXPECT_TRUE(
          adjoint_holds([&](const Var& v) { return fourier_layer(v, Var(w), Var(k), no_bias, modes); }, x, random));
      EXPECT_TRUE(
          adjoint_holds([&](const Var& v) { return fourier_layer(Var(x), v, no_k, no_bias, modes); }, w, random));
      EXPECT_TRUE(
          adjoint_holds([&](const Var& v) { return fourier_layer(Var(x), no_w, v, no_bias, modes); }, k, random));
      EXPECT_TRUE(adjoint_holds([&](const Var& v) { return fourier_layer(Var(x), no_w, no_k, v, modes); }, b, random));
    }
}

TEST_P(Spectral, ErrorsSayWhatIsNeeded) {
  const auto kind = ErrorKind::config;
  const auto modes = make_modes(classic, {8, 8}, 2);
  const auto zeros = [&](const Shape& shape, Dtype type) { return Var(Tensor::zeros(shape, type, device)); };
  const Var x = zeros({1, 3, 8, 8}, Dtype::float32), w = zeros({8, 3, 2}, Dtype::complex64);
  EXPECT_TRUE(throws_error(kind, "the modes were made for a grid of 1 x 8 x 8, x is (1, 3, 8, 9)", [&] {
    (void)spectral_conv(zeros({1, 3, 8, 9}, Dtype::float32), w, modes);
  }));
  EXPECT_TRUE(throws_error(kind, "weight (8, 4, 2), needed is (8, 3, out)", [&] {
    (void)spectral_conv(x, zeros({8, 4, 2}, Dtype::complex64), modes);
  }));
  EXPECT_TRUE(throws_error(kind, "complex weights of its precision", [&] {
    (void)spectral_conv(x, zeros({8, 3, 2}, Dtype::complex128), modes);
  }));
  EXPECT_TRUE(throws_error(kind, "an odd one keeps the grid", [&] {
    (void)fourier_layer(x, w, zeros({2, 3, 2, 2}, Dtype::float32), zeros({2}, Dtype::float32), modes);
  }));
  EXPECT_TRUE(throws_error(kind, "beside 2 spectral channels", [&] {
    (void)fourier_layer(x, w, zeros({4, 3, 1, 1}, Dtype::float32), zeros({4}, Dtype::float32), modes);
  }));
  const Var elsewhere(Tensor::zeros({8, 3, 2}, Dtype::complex64, cpu_device(1)));
  EXPECT_TRUE(throws_error(ErrorKind::device, "different devices", [&] { (void)spectral_conv(x, elsewhere, modes); }));
}

// Forward and back, factors of the coefficients cancel: so the coefficients are held to their contract by themselves.
TEST_P(Spectral, CoefficientsAreTheSumOfTheirContract) {
  Random random(31);
  const auto modes = make_modes(classic, {3, 4, 5}, 2, 0.5);
  const ModeSet& m = *modes;
  const Tensor x = normal_tensor(random, {1, 1, 3, 4, 5}, Dtype::float64, device);
  const std::vector<double> values = host_values(x);
  for (const bool weighted : {false, true}) {
    const Tensor x_hat(Shape{m.count(), 1, 1}, Dtype::complex128, device);
    device.run(Analyse<double>{.modes = &m,
                               .x = x.data<double>(),
                               .x_hat = x_hat.data<Complex<double>>(),
                               .batch = 1,
                               .channels = 1,
                               .scale = 0.5,
                               .weighted = weighted});
    std::vector<double> expected;
    for (const int k0 : m.frequency[0])
      for (const int k1 : m.frequency[1])
        for (const int k2 : m.frequency[2]) {
          std::complex<double> sum = 0;
          std::size_t at = 0;
          for (int p0 = 0; p0 < 3; ++p0)
            for (int p1 = 0; p1 < 4; ++p1)
              for (int p2 = 0; p2 < 5; ++p2) {
                const double theta =
                    2 * std::numbers::pi *
                    (k0 * p0 / double(m.period[0]) + k1 * p1 / double(m.period[1]) + k2 * p2 / double(m.period[2]));
                const double quadrature = m.quadrature[0].at(std::size_t(p0)) * m.quadrature[1].at(std::size_t(p1)) *
                                          m.quadrature[2].at(std::size_t(p2));
                const double c = k2 == 0 || 2 * k2 == m.period[2] ? 1 : 2;
                sum += 0.5 * (weighted ? c : quadrature) * values[at++] * std::polar(1.0, -theta);
              }
          expected.push_back(sum.real());
          expected.push_back(sum.imag());
        }
    EXPECT_TRUE(near_scaled(host_values(x_hat), expected, 1e-13)) << "weighted " << weighted;
  }
}

}  // namespace
}  // namespace fno::test
