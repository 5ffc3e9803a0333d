#include "tools/tasks/operator/simulators/navier_stokes.h"

#include <cmath>
#include <functional>
#include <gtest/gtest.h>
#include <limits>
#include <numbers>

#include "tests/tools/tasks/operator/simulators/support.h"
#include "tools/tasks/operator/simulators/vorticity.h"

namespace fno {
namespace {

using test::expect_refused, test::relative_error;
constexpr double kPi = std::numbers::pi;

std::vector<double> on_grid(int n, const std::function<double(double, double)>& f) {
  std::vector<double> values;
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) values.push_back(f(double(i) / n, double(j) / n));
  return values;
}

TorusModes zeros(int n) { return TorusModes(static_cast<std::size_t>(n * (n / 2 + 1))); }

TorusModes random_field(int n, double size) {
  Random random(5, 2);
  TorusModes w = PeriodicField{.sigma = size, .tau = 7, .alpha = 5}.square(n, (n - 1) / 3, random);
  return w;
}

TEST(Vorticity, OneWaveNumberDecaysAsTheHeatEquation) {
  // A Taylor-Green flow: Laplace w is a multiple of w, so it carries itself along its own lines.
  for (const int n : {16, 21, 24}) {
    const double viscosity = 0.03, time = 0.4;
    VorticitySolver solver(n, viscosity, zeros(n), time, 1e-10);
    const auto w0 = [](double x, double y) { return 3 * std::sin(2 * kPi * x) * std::cos(4 * kPi * y + 1); };
    TorusModes w = solver.to_modes(on_grid(n, w0));
    solver.advance(w);
    std::vector<double> values;
    solver.to_values(w, values);
    const double decay = std::exp(-viscosity * 20 * kPi * kPi * time);
    const auto exact = on_grid(n, [&](double x, double y) { return decay * w0(x, y); });
    EXPECT_LT(relative_error(values, exact), 1e-11) << n;
  }
}

TEST(Vorticity, AForcedFlowThatIsSteadyStaysSteady) {
  // w = sin 2 pi x + cos(4 pi y)/2: (u, v) = (-sin(4 pi y)/(8 pi), -cos(2 pi x)/(2 pi)), u w_x + v w_y =
  // 3/4 cos(2 pi x) sin(4 pi y). With f = that - viscosity Laplace w nothing changes: sign, size and axes of the
  // transport, all from the formula.
  const double viscosity = 0.05;
  for (const int n : {16, 18, 25}) {
    const auto steady = [](double x, double y) { return std::sin(2 * kPi * x) + std::cos(4 * kPi * y) / 2; };
    const auto force = on_grid(n, [&](double x, double y) {
      return 0.75 * std::cos(2 * kPi * x) * std::sin(4 * kPi * y) +
             viscosity * 4 * kPi * kPi * (std::sin(2 * kPi * x) + 2 * std::cos(4 * kPi * y));
    });
    VorticitySolver transform(n, viscosity, zeros(n), 1, 1);
    VorticitySolver solver(n, viscosity, transform.to_modes(force), 1, 1e-11);
    TorusModes w = solver.to_modes(on_grid(n, steady));
    for (int i = 0; i < 2; ++i) solver.advance(w);
    std::vector<double> values;
    solver.to_values(w, values);
    EXPECT_LT(relative_error(values, on_grid(n, steady)), 1e-10) << n;
  }
}

TEST(Vorticity, FourthOrderInTime) {
  const int n = 24;
  const auto after = [&](int steps) {
    VorticitySolver solver(n, 1e-3, zeros(n), 1, 1);
    TorusModes w = random_field(n, 1e5);
    solver.take_steps(w, steps);
    return w;
  };
  const TorusModes truth = after(1024);
  double last = 0;
  for (const int steps : {32, 64, 128}) {
    const double error = relative_error(after(steps), truth);
    if (last > 0) {
      EXPECT_NEAR(std::log2(last / error), 4, 0.2) << steps;
    }
    EXPECT_GT(error, 1e-12);
    last = error;
  }
  EXPECT_LT(last, 1e-5);
}

TEST(Vorticity, WithoutViscosityEnergyAndEnstrophyStay) {
  for (const int n : {21, 24}) {
    VorticitySolver solver(n, 0, zeros(n), 1, 1);
    TorusModes w = random_field(n, 1e5);
    const double energy = solver.energy(w), enstrophy = solver.enstrophy(w);
    const TorusModes before = w;
    solver.take_steps(w, 400);
    EXPECT_GT(relative_error(w, before), 0.1);  // it did move
    EXPECT_NEAR(solver.energy(w) / energy, 1, 1e-8) << n;
    EXPECT_NEAR(solver.enstrophy(w) / enstrophy, 1, 1e-8) << n;
  }
}

TEST(Vorticity, EnergyIsLostAtTwiceViscosityTimesEnstrophy) {
  const int n = 24;
  const double h = 1e-3, viscosity = 0.01;
  VorticitySolver solver(n, viscosity, zeros(n), h, 1e-12);
  TorusModes w = random_field(n, 1e5);
  const double before = solver.energy(w);
  solver.advance(w);
  const double enstrophy = solver.enstrophy(w);
  solver.advance(w);
  EXPECT_NEAR((solver.energy(w) - before) / (2 * h) / (-2 * viscosity * enstrophy), 1, 1e-4);
}

NavierStokesSettings small(std::int64_t samples) {
  NavierStokesSettings settings;
  settings.samples = samples;
  settings.grid = 16;
  settings.viscosity = 0.01;
  settings.time = 2;
  settings.steps = 4;
  settings.seed = 7;
  return settings;
}

TEST(SimulateNavierStokes, TheInitialFieldIsThatOfThePublishedFiles) {
  double square = 0;
  for (int k1 = -200; k1 <= 200; ++k1)
    for (int k2 = -200; k2 <= 200; ++k2)
      if (k1 != 0 || k2 != 0) square += std::pow(kVorticityField.deviation(k1 * k1 + k2 * k2), 2);
  EXPECT_NEAR(std::sqrt(square), 0.262, 0.0005);
}

TEST(SimulateNavierStokes, FramesAreTheSolutionUnderTheStatedForcing) {
  const NavierStokesSet set = simulate_navier_stokes(small(2));
  const int n = 16;
  ASSERT_EQ(set.frames, 4);
  ASSERT_EQ(set.inputs, 1);
  ASSERT_EQ(set.t, (std::vector<double>{0.5, 1, 1.5, 2}));
  ASSERT_EQ(set.x.size(), 2u * n * n);
  ASSERT_EQ(set.y.size(), 2u * 4 * n * n);
  EXPECT_LE(set.largest_error, 1e-4);
  const auto force = on_grid(n, [](double x, double y) {
    const double p = 2 * kPi * (x + y);
    return 0.1 * (std::sin(p) + std::cos(p));
  });
  VorticitySolver transform(n, 0.01, zeros(n), 1, 1);
  for (std::size_t s = 0; s < 2; ++s) {
    VorticitySolver solver(n, 0.01, transform.to_modes(force), 0.5, 1e-9);
    const auto field = [&](const std::vector<float>& from, std::size_t at) {
      return std::vector<double>(from.begin() + std::ptrdiff_t(at * n * n),
                                 from.begin() + std::ptrdiff_t((at + 1) * n * n));
    };
    TorusModes w = solver.to_modes(field(set.x, s));
    for (std::size_t frame = 0; frame < 4; ++frame) {
      solver.advance(w);
      std::vector<double> values;
      solver.to_values(w, values);
      EXPECT_LT(relative_error(field(set.y, s * 4 + frame), values), 2e-5);
    }
  }
}

TEST(SimulateNavierStokes, HistoryMakesTheFirstFramesTheInputs) {
  const NavierStokesSet all = simulate_navier_stokes(small(3));
  NavierStokesSettings settings = small(3);
  settings.history = 3;
  const NavierStokesSet split = simulate_navier_stokes(settings);
  ASSERT_EQ(split.inputs, 3);
  ASSERT_EQ(split.frames, 1);
  EXPECT_EQ(split.t, std::vector<double>{2});
  const std::ptrdiff_t field = 16 * 16;
  for (std::ptrdiff_t s = 0; s < 3; ++s) {
    const auto frames = all.y.begin() + s * 4 * field;
    EXPECT_TRUE(std::equal(frames, frames + 3 * field, split.x.begin() + s * 3 * field));
    EXPECT_TRUE(std::equal(frames + 3 * field, frames + 4 * field, split.y.begin() + s * field));
  }
}

TEST(SimulateNavierStokes, SameBitsForAnyThreadsAndAnyNumberOfSamples) {
  const NavierStokesSet one = simulate_navier_stokes(small(5), 1);
  for (const int threads : {2, 3, 16}) {
    const NavierStokesSet other = simulate_navier_stokes(small(5), threads);
    EXPECT_EQ(one.x, other.x) << threads;
    EXPECT_EQ(one.y, other.y) << threads;
    EXPECT_EQ(one.largest_error, other.largest_error) << threads;
    EXPECT_EQ(one.largest_tail, other.largest_tail) << threads;
  }
  const NavierStokesSet part = simulate_navier_stokes(small(2), 2);
  EXPECT_TRUE(std::equal(part.y.begin(), part.y.end(), one.y.begin()));
}

TEST(SimulateNavierStokes, StrideKeepsEveryKthPoint) {
  const NavierStokesSet full = simulate_navier_stokes(small(1));
  NavierStokesSettings settings = small(1);
  settings.stride = 4;
  const NavierStokesSet thin = simulate_navier_stokes(settings);
  ASSERT_EQ(thin.points, 4);
  for (std::size_t frame = 0; frame < 4; ++frame)
    for (std::size_t i = 0; i < 4; ++i)
      for (std::size_t j = 0; j < 4; ++j)
        EXPECT_EQ(thin.y[(frame * 4 + i) * 4 + j], full.y[(frame * 16 + 4 * i) * 16 + 4 * j]);
}

TEST(SimulateNavierStokes, AGridThatIsTooCoarseShowsInItsTail) {
  NavierStokesSettings settings = small(1);
  settings.viscosity = 1e-5;
  settings.time = 20;
  EXPECT_GT(simulate_navier_stokes(settings).largest_tail, 1e-2);
  settings.viscosity = 0.05;
  EXPECT_LT(simulate_navier_stokes(settings).largest_tail, 1e-3);
}

TEST(SimulateNavierStokes, BadSettingsNameTheFlag) {
  const auto refused = [](const char* flag, auto change) {
    NavierStokesSettings settings = small(1);
    change(settings);
    expect_refused(flag, [&] { (void)simulate_navier_stokes(settings); });
  };
  for (const std::int64_t value : {std::int64_t{0}, std::int64_t{1} << 60})
    refused("--samples", [&](NavierStokesSettings& s) { s.samples = value; });
  for (const std::int64_t value : {0, 7, 4097}) refused("--grid", [&](NavierStokesSettings& s) { s.grid = value; });
  for (const std::int64_t value : {0, 3, 16}) refused("--stride", [&](NavierStokesSettings& s) { s.stride = value; });
  for (const std::int64_t value : {0, -1, (1 << 20) + 1})
    refused("--steps", [&](NavierStokesSettings& s) { s.steps = value; });
  for (const std::int64_t value : {-1, 4, 9}) refused("--history", [&](NavierStokesSettings& s) { s.history = value; });
  for (const double value : {0.0, -1.0, std::numeric_limits<double>::infinity(), std::nan("")}) {
    refused("--viscosity", [&](NavierStokesSettings& s) { s.viscosity = value; });
    refused("--time", [&](NavierStokesSettings& s) { s.time = value; });
    refused("--tolerance", [&](NavierStokesSettings& s) { s.tolerance = value; });
  }
  refused("--tolerance", [](auto& s) { s.tolerance = 1e-11; });
}

}  // namespace
}  // namespace fno
