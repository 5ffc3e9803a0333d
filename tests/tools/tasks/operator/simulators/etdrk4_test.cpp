#include "tools/tasks/operator/simulators/etdrk4.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>

#include "framework/error.h"
#include "tests/tools/tasks/operator/simulators/support.h"
#include "tools/tasks/operator/simulators/periodic_field.h"

namespace fno {
namespace {

using Modes = Etdrk4::Modes;

TEST(Etdrk4, PhiIsItsIntegral) {
  // phi_j(z) = integral over s = 0 … 1 of exp((1-s) z) s^(j-1) / (j-1)!, by Simpson's rule.
  for (const double z : {0.0, -1e-9, -1e-3, -0.5, -0.999, -1.0, -1.001, -3.0, -20.0}) {
    const int n = 4000;
    double sum[3] = {};
    for (int i = 0; i <= n; ++i) {
      const double s = double(i) / n, weight = (i == 0 || i == n ? 1 : i % 2 == 1 ? 4 : 2) / (3.0 * n);
      const double wave = weight * std::exp((1 - s) * z);
      sum[0] += wave, sum[1] += wave * s, sum[2] += wave * s * s / 2;
    }
    const auto phi = etd_phi(z);
    for (std::size_t j = 0; j < 3; ++j) EXPECT_NEAR(phi[j], sum[j], 1e-12) << z << " " << j;
  }
  const auto far = etd_phi(-1e8);
  EXPECT_NEAR(far[0], 1e-8, 1e-20);
  EXPECT_NEAR(far[1], 1e-8, 1e-15);
  EXPECT_NEAR(far[2], 0.5e-8, 1e-15);
}

// u' = u^2 - 3u, u(0) = 1/2: 1/u = 1/3 + (2 - 1/3) exp(3t). Every mode alike, rates of -3 and of 0.
double exact(double t) { return 1 / (1.0 / 3 + (2 - 1.0 / 3) * std::exp(3 * t)); }

Etdrk4 logistic(double interval, double tolerance) {
  return {{-3.0, 0.0, -3.0},
          [](const Modes& u, Modes& out) {
            for (std::size_t k = 0; k < 3; ++k) out[k] = u[k] * u[k] - (k == 1 ? 3.0 : 0.0) * u[k];
          },
          interval,
          tolerance};
}

TEST(Etdrk4, FourthOrder) {
  double last = 0;
  for (const int steps : {8, 16, 32, 64}) {
    Modes u(3, 0.5);
    logistic(1, 1).take_steps(u, steps);
    const double error = std::max(std::abs(u[0] - exact(1)), std::abs(u[1] - exact(1)));
    if (last > 0) {
      EXPECT_NEAR(std::log2(last / error), 4, 0.25) << steps;
    }
    last = error;
  }
  EXPECT_LT(last, 1e-8);
}

TEST(Etdrk4, LinearPartIsExactHoweverStiff) {
  Etdrk4 steps(
      {-1e9, -2.5, 0},
      [](const Modes&, Modes& out) {
        out = {0.0, 0.0, 3.0};
      },
      2, 1e-12);
  Modes u{{1, 1}, {0, 2}, {5, -1}};
  EXPECT_LE(steps.advance(u), 1e-12);
  EXPECT_EQ(u[0], 0.0);
  EXPECT_NEAR(std::abs(u[1] - std::complex<double>(0, 2 * std::exp(-5.0))), 0, 1e-15);
  EXPECT_NEAR(std::abs(u[2] - std::complex<double>(11, -1)), 0, 1e-13);
}

TEST(Etdrk4, ErrorIsWithinTheToleranceAndAboveTheTruth) {
  for (const double tolerance : {1e-3, 1e-6, 1e-9}) {
    Etdrk4 steps = logistic(0.25, tolerance);
    Modes u(3, 0.5);
    double sum = 0;
    for (int i = 0; i < 4; ++i) {
      const double error = steps.advance(u);
      EXPECT_LE(error, tolerance);
      sum += error;
    }
    EXPECT_LE(std::abs(u[0] - exact(1)) / exact(1), sum);
    EXPECT_GT(sum, 0);
  }
}

TEST(Etdrk4, WhatCannotBeSolvedIsAnError) {
  const auto refused = [](const Etdrk4::Nonlinear& nonlinear) {
    Etdrk4 steps({0.0}, nonlinear, 1, 1e-3);
    Modes u{1.0};
    try {
      steps.advance(u);
    } catch (const Error& error) {
      return error.kind() == ErrorKind::numeric;
    }
    return false;
  };
  EXPECT_TRUE(refused([](const Modes& u, Modes& out) { out[0] = u[0] * u[0] * 1e3; }));  // infinite at t = 0.001
  EXPECT_TRUE(refused([](const Modes&, Modes& out) { out[0] = std::numeric_limits<double>::quiet_NaN(); }));
}

TEST(PeriodicField, EachModeHasItsDeviation) {
  const PeriodicField field{.sigma = 25, .tau = 5, .alpha = 2};
  EXPECT_NEAR(field.deviation(0), 1, 1e-15);
  EXPECT_NEAR(field.deviation(4), 25 / (16 * M_PI * M_PI + 25), 1e-15);
  const int draws = 4000;
  std::vector<double> line(6, 0), square(7 * 4, 0);
  std::complex<double> parts;
  for (int d = 0; d < draws; ++d) {
    Random random(3, static_cast<std::uint64_t>(d));
    const auto f = field.line(5, random);
    for (std::size_t k = 0; k < 6; ++k) line[k] += std::norm(f[k]) / draws;
    parts += f[1] * f[1] / double(draws);  // 0 where real and imaginary part are independent and alike
    const auto g = field.square(7, 3, random);
    for (std::size_t i = 0; i < 28; ++i) square[i] += std::norm(g[i]) / draws;
    for (std::size_t k1 = 1; k1 < 7; ++k1) ASSERT_EQ(g[k1 * 4], std::conj(g[(7 - k1) * 4]));
  }
  EXPECT_EQ(line[0], 0);
  EXPECT_EQ(square[0], 0);
  EXPECT_LT(std::abs(parts), 0.1 * line[1]);
  for (int k = 1; k < 6; ++k) EXPECT_NEAR(line[std::size_t(k)] / std::pow(field.deviation(k * k), 2), 1, 0.08);
  for (int k1 = -3; k1 <= 3; ++k1)
    for (int k2 = 0; k2 <= 3; ++k2)
      if (k1 != 0 || k2 != 0) {
        EXPECT_NEAR(square[std::size_t((k1 + 7) % 7 * 4 + k2)] / std::pow(field.deviation(k1 * k1 + k2 * k2), 2), 1,
                    0.08)
            << k1 << " " << k2;
      }
}

TEST(PeriodicField, AFinerGridAddsModesAndKeepsTheOthers) {
  const PeriodicField field{.sigma = 3, .tau = 7, .alpha = 2.5};
  Random one(4, 1), two(4, 1), three(4, 1), four(4, 1);
  const auto coarse = field.line(4, one), fine = field.line(9, two);
  for (std::size_t k = 0; k <= 4; ++k) EXPECT_EQ(coarse[k], fine[k]);
  const auto small = field.square(9, 3, three), large = field.square(16, 5, four);
  for (int k1 = -3; k1 <= 3; ++k1)
    for (int k2 = 0; k2 <= 3; ++k2)
      EXPECT_EQ(small[std::size_t((k1 + 9) % 9 * 5 + k2)], large[std::size_t((k1 + 16) % 16 * 9 + k2)]);
}

}  // namespace
}  // namespace fno
