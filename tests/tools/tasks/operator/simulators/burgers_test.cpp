#include "tools/tasks/operator/simulators/burgers.h"

#include <cmath>
#include <complex>
#include <gtest/gtest.h>
#include <limits>
#include <numbers>

#include "tests/tools/tasks/operator/simulators/support.h"
#include "tools/tasks/operator/simulators/etdrk4.h"

namespace fno {
namespace {

using test::expect_refused, test::relative_error;
using Complex = std::complex<double>;
constexpr double kTurn = 2 * std::numbers::pi;

double value_at(const LineModes& modes, double x) {
  double sum = modes[0].real();
  for (std::size_t k = 1; k < modes.size(); ++k)
    sum += 2 * (modes[k] * std::polar(1.0, kTurn * static_cast<double>(k) * x)).real();
  return sum;
}

/// The exact solution by Cole and Hopf: u = -2 nu p_x / p, p_t = nu p_xx, p(0) = exp(-1/(2 nu) integral of u(0)).
/// Sums written out, no transform of ours; the mean of u(0) must be 0.
std::vector<double> cole_hopf(const LineModes& initial, double viscosity, double time,
                              const std::vector<double>& points) {
  const int quadrature = 512, most = 200;
  LineModes integral(initial.size());
  for (std::size_t k = 1; k < initial.size(); ++k)
    integral[k] = initial[k] / Complex(0, kTurn * static_cast<double>(k));
  LineModes p(most + 1);
  for (int j = 0; j < quadrature; ++j) {
    const double x = double(j) / quadrature, value = std::exp(-value_at(integral, x) / (2 * viscosity)) / quadrature;
    for (int k = 0; k <= most; ++k)
      p[std::size_t(k)] += value * std::polar(1.0, -kTurn * double(j * k % quadrature) / quadrature);
  }
  LineModes slope(p.size());
  for (int k = 0; k <= most; ++k) {
    p[std::size_t(k)] *= std::exp(-viscosity * kTurn * kTurn * k * k * time);
    slope[std::size_t(k)] = p[std::size_t(k)] * Complex(0, kTurn * k);
  }
  std::vector<double> values;
  for (const double x : points) values.push_back(-2 * viscosity * value_at(slope, x) / value_at(p, x));
  return values;
}

const std::vector<double>& points() {
  static const std::vector<double> all = [] {
    std::vector<double> x;
    for (int i = 0; i < 37; ++i) x.push_back(i / 37.0);
    return x;
  }();
  return all;
}

std::vector<double> values_of(const LineModes& modes) {
  std::vector<double> values;
  for (const double x : points()) values.push_back(value_at(modes, x));
  return values;
}

/// A state with the modes 1 … 5, and zeros up to those of n points.
LineModes smooth(std::int64_t n) {
  LineModes modes(static_cast<std::size_t>(most_mode(n) + 1));
  Random random(8, 3);
  const auto drawn = kBurgersField.line(5, random);
  std::ranges::copy(drawn, modes.begin());
  return modes;
}

TEST(Burgers, IsTheExactSolutionOnceTheGridIsFine) {
  const double viscosity = 0.02, time = 0.7;
  const std::vector<double> exact = cole_hopf(smooth(32), viscosity, time, points());
  double last = 1;
  for (const std::int64_t n : {32, 48, 96, 192}) {
    const BurgersSolution solution = solve_burgers(n, smooth(n), viscosity, time, 1e-9);
    const double error = relative_error(values_of(solution.u), exact);
    EXPECT_LT(error, last / 4) << n;  // faster than any power
    EXPECT_LE(solution.error, 1e-9);
    if (n >= 48) {
      EXPECT_LT(error, 10 * solution.tail + 1e-8) << n;  // the tail says how fine the grid is
    }
    last = error;
  }
  EXPECT_LT(last, 1e-8);
}

TEST(Burgers, RoughStatesOfThePaperAreSolvedToo) {
  for (const std::uint64_t seed : {1, 2, 3}) {
    Random random(seed);
    const LineModes initial = kBurgersField.line(most_mode(256), random);
    const BurgersSolution solution = solve_burgers(256, initial, 0.1, 1, 1e-8);
    EXPECT_LT(relative_error(values_of(solution.u), cole_hopf(initial, 0.1, 1, points())), 2e-6) << seed;
  }
}

TEST(Burgers, FourthOrderInTime) {
  const std::int64_t n = 64;
  const std::vector<double> exact = cole_hopf(smooth(n), 0.1, 0.5, points());
  double last = 0;
  for (const int steps : {16, 32, 64, 128}) {
    BurgersSolver solver(n, 0.1, 0.5, 1);
    LineModes u = smooth(n);
    solver.take_steps(u, steps);
    const double error = relative_error(values_of(u), exact);
    if (last > 0) {
      EXPECT_NEAR(std::log2(last / error), 4, 0.3) << steps;
    }
    last = error;
  }
  EXPECT_LT(last, 1e-6);
}

TEST(Burgers, TheErrorIsWithinTheTolerance) {
  const std::vector<double> exact = cole_hopf(smooth(96), 0.05, 1, points());
  for (const double tolerance : {1e-2, 1e-4, 1e-6}) {
    const BurgersSolution solution = solve_burgers(96, smooth(96), 0.05, 1, tolerance);
    EXPECT_LE(solution.error, tolerance);
    EXPECT_LE(relative_error(values_of(solution.u), exact), tolerance);
  }
}

TEST(Burgers, KeepsTheMeanAndLosesEnergy) {
  const LineModes initial = smooth(96);
  double last = std::numeric_limits<double>::infinity();
  for (const double time : {0.05, 0.2, 0.5, 1.0}) {
    const LineModes u = solve_burgers(96, initial, 0.05, time, 1e-8).u;
    EXPECT_EQ(u[0], 0.0);
    double energy = 0;
    for (const Complex& mode : u) energy += std::norm(mode);
    EXPECT_LT(energy, last);
    last = energy;
  }
}

BurgersSettings small(std::int64_t samples) {
  BurgersSettings settings;
  settings.samples = samples;
  settings.grid = 48;
  settings.seed = 7;
  return settings;
}

TEST(SimulateBurgers, SamplesAreSolutionsOfTheirStates) {
  const BurgersSet set = simulate_burgers(small(4));
  ASSERT_EQ(set.points, 48);
  ASSERT_EQ(set.x.size(), 4u * 48);
  EXPECT_LE(set.largest_error, 1e-6);
  EXPECT_GT(set.largest_error, 0);
  for (std::size_t s = 0; s < 4; ++s) {
    Random random(7, s);
    const LineModes initial = kBurgersField.line(most_mode(48), random);
    std::vector<double> x;
    for (int i = 0; i < 48; ++i) x.push_back(i / 48.0);
    const auto exact = cole_hopf(initial, 0.1, 1, x);
    for (std::size_t i = 0; i < 48; ++i) {
      ASSERT_NEAR(set.x[s * 48 + i], value_at(initial, x[i]), 1e-6);
      ASSERT_NEAR(set.y[s * 48 + i], exact[i], 1e-5);
    }
  }
}

TEST(SimulateBurgers, SameBitsForAnyThreadsAndAnyNumberOfSamples) {
  const BurgersSet one = simulate_burgers(small(7), 1);
  for (const int threads : {0, 2, 3, 16}) {
    const BurgersSet other = simulate_burgers(small(7), threads);
    EXPECT_EQ(one.x, other.x) << threads;
    EXPECT_EQ(one.y, other.y) << threads;
    EXPECT_EQ(one.largest_error, other.largest_error) << threads;
  }
  const BurgersSet part = simulate_burgers(small(3), 2);
  EXPECT_TRUE(std::equal(part.y.begin(), part.y.end(), one.y.begin()));
  BurgersSettings reseeded = small(7);
  reseeded.seed = 8;
  EXPECT_NE(simulate_burgers(reseeded).x, one.x);
  EXPECT_FALSE(std::equal(one.x.begin(), one.x.begin() + 48, one.x.begin() + 48));
}

TEST(SimulateBurgers, StrideKeepsEveryKthPoint) {
  const BurgersSet full = simulate_burgers(small(2));
  BurgersSettings settings = small(2);
  settings.stride = 4;
  const BurgersSet thin = simulate_burgers(settings);
  ASSERT_EQ(thin.points, 12);
  for (std::size_t i = 0; i < 24; ++i) {
    EXPECT_EQ(thin.x[i], full.x[4 * i]);
    EXPECT_EQ(thin.y[i], full.y[4 * i]);
  }
}

TEST(SimulateBurgers, BadSettingsNameTheFlag) {
  const auto refused = [](const char* flag, auto change) {
    BurgersSettings settings = small(1);
    change(settings);
    expect_refused(flag, [&] { (void)simulate_burgers(settings); });
  };
  for (const std::int64_t value : {std::int64_t{0}, std::int64_t{1} << 60})
    refused("--samples", [&](BurgersSettings& s) { s.samples = value; });
  for (const std::int64_t value : {0, 7, (1 << 20) + 1}) refused("--grid", [&](BurgersSettings& s) { s.grid = value; });
  for (const std::int64_t value : {0, 5, 48}) refused("--stride", [&](BurgersSettings& s) { s.stride = value; });
  for (const double value : {0.0, -1.0, std::numeric_limits<double>::infinity(), std::nan("")}) {
    refused("--viscosity", [&](BurgersSettings& s) { s.viscosity = value; });
    refused("--time", [&](BurgersSettings& s) { s.time = value; });
    refused("--tolerance", [&](BurgersSettings& s) { s.tolerance = value; });
  }
  refused("--tolerance", [](auto& s) { s.tolerance = 1e-11; });
}

}  // namespace
}  // namespace fno
