#include "tools/tasks/operator/simulators/darcy.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <gtest/gtest.h>
#include <limits>
#include <numbers>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>

#include "framework/error.h"
#include "framework/tensor/random.h"
#include "tools/tasks/operator/simulators/darcy_solver.h"
#include "tools/tasks/operator/simulators/gaussian_field.h"

namespace fno {
namespace {

constexpr double kPi = std::numbers::pi;

std::vector<double> on_nodes(std::int64_t n, const std::function<double(double, double)>& f) {
  std::vector<double> values;
  for (std::int64_t i = 0; i <= n; ++i)
    for (std::int64_t j = 0; j <= n; ++j)
      values.push_back(
          f(static_cast<double>(i) / static_cast<double>(n), static_cast<double>(j) / static_cast<double>(n)));
  return values;
}

/// The 5-point scheme written down once more, node by node and without scaling by h^2.
double scheme_residual(std::int64_t n, const std::vector<double>& a, const std::vector<double>& u,
                       const std::vector<double>& f) {
  const auto at = [n](std::int64_t i, std::int64_t j) { return static_cast<std::size_t>(i * (n + 1) + j); };
  const double n2 = static_cast<double>(n * n);
  double numerator = 0, denominator = 0;
  for (std::int64_t i = 1; i < n; ++i)
    for (std::int64_t j = 1; j < n; ++j) {
      double flux = 0;
      for (const auto& [di, dj] : {std::pair{1, 0}, {-1, 0}, {0, 1}, {0, -1}})
        flux += (a[at(i, j)] + a[at(i + di, j + dj)]) / 2 * (u[at(i, j)] - u[at(i + di, j + dj)]) * n2;
      numerator += (f[at(i, j)] - flux) * (f[at(i, j)] - flux);
      denominator += f[at(i, j)] * f[at(i, j)];
    }
  return std::sqrt(numerator / denominator);
}

DarcySettings small(std::int64_t samples, std::int64_t grid) {
  DarcySettings settings;
  settings.samples = samples;
  settings.grid = grid;
  settings.seed = 7;
  return settings;
}

void expect_refused(const DarcySettings& settings, const std::string& flag) {
  try {
    (void)simulate_darcy(settings);
    ADD_FAILURE() << flag << " was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::config);
    EXPECT_EQ(std::string(error.what()).rfind(flag + ":", 0), 0u) << error.what();
  }
}

TEST(DarcySolver, SecondOrderOnASmoothSolution) {
  // a = exp(sin(2 pi x) cos(pi y) / 2), u = exp(x) sin(pi x) sin(2 pi y), f = -(a_x u_x + a_y u_y + a (u_xx + u_yy)).
  const auto a = [](double x, double y) { return std::exp(0.5 * std::sin(2 * kPi * x) * std::cos(kPi * y)); };
  const auto u = [](double x, double y) { return std::exp(x) * std::sin(kPi * x) * std::sin(2 * kPi * y); };
  const auto f = [&](double x, double y) {
    const double ax = a(x, y) * kPi * std::cos(2 * kPi * x) * std::cos(kPi * y);
    const double ay = -a(x, y) * 0.5 * kPi * std::sin(2 * kPi * x) * std::sin(kPi * y);
    const double ux = std::exp(x) * (std::sin(kPi * x) + kPi * std::cos(kPi * x)) * std::sin(2 * kPi * y);
    const double uy = std::exp(x) * std::sin(kPi * x) * 2 * kPi * std::cos(2 * kPi * y);
    const double uxx =
        std::exp(x) * ((1 - kPi * kPi) * std::sin(kPi * x) + 2 * kPi * std::cos(kPi * x)) * std::sin(2 * kPi * y);
    const double uyy = -4 * kPi * kPi * u(x, y);
    return -(ax * ux + ay * uy + a(x, y) * (uxx + uyy));
  };
  double last = 0;
  for (const std::int64_t n : {16, 32, 64, 128}) {
    const DarcySolution solution = solve_darcy(n, on_nodes(n, a), on_nodes(n, f));
    const std::vector<double> exact = on_nodes(n, u);
    double square = 0;
    for (std::size_t i = 0; i < exact.size(); ++i) square += std::pow(solution.u[i] - exact[i], 2);
    const double error = std::sqrt(square) / static_cast<double>(n);
    if (last > 0) {
      EXPECT_NEAR(std::log2(last / error), 2.0, 0.1) << "from n = " << n / 2 << " to " << n;
    }
    last = error;
  }
  EXPECT_LT(last, 1e-3);
}

TEST(DarcySolver, DiscreteEigenfunction) {
  // For a = 1, sin(2 pi x) sin(3 pi y) is an eigenvector of the scheme itself.
  for (const std::int64_t n : {5, 16, 31, 90}) {
    const auto half = [n](int k) { return std::pow(2 * std::sin(k * kPi / 2 / static_cast<double>(n)), 2); };
    const double eigenvalue = static_cast<double>(n * n) * (half(2) + half(3));
    const auto wave = on_nodes(n, [](double x, double y) { return std::sin(2 * kPi * x) * std::sin(3 * kPi * y); });
    const auto solution = solve_darcy(n, std::vector<double>(wave.size(), 1.0), wave);
    for (std::size_t i = 0; i < wave.size(); ++i) ASSERT_NEAR(solution.u[i] * eigenvalue, wave[i], 1e-8) << n;
  }
}

TEST(DarcySolver, UnitCoefficientAgainstTheSeriesAtTheCentre) {
  double centre = 0.125;
  for (int k = 1; k <= 41; k += 2) centre -= (k % 4 == 1 ? 4 : -4) / (std::pow(kPi * k, 3) * std::cosh(k * kPi / 2));
  ASSERT_NEAR(centre, 0.0736713, 1e-7);
  const auto computed = [](std::int64_t n) {
    const std::vector<double> ones(static_cast<std::size_t>((n + 1) * (n + 1)), 1.0);
    return solve_darcy(n, ones, ones).u[static_cast<std::size_t>(n / 2 * (n + 2))];
  };
  const double coarse = computed(64), fine = computed(128);
  EXPECT_NEAR(fine, centre, 1e-5);
  EXPECT_NEAR((4 * fine - coarse) / 3, centre, 1e-8);  // without the h^2 term
}

TEST(DarcySolver, AnyGridAnyContrastReachesTheResidual) {
  for (const std::int64_t n : {2, 3, 4, 5, 6, 7, 11, 13, 16, 31, 37, 61, 97, 100, 255})
    for (const double contrast : {1.0, 4.0, 1000.0}) {
      Random random(3, static_cast<std::uint64_t>(n));
      const auto a = on_nodes(n, [&](double, double) { return random.uniform() < 0.5f ? 1.0 : contrast; });
      const auto f = on_nodes(n, [&](double, double) { return random.normal(); });
      const DarcySolution solution = solve_darcy(n, a, f);
      EXPECT_LE(solution.residual, 1e-10) << n << " " << contrast;
      EXPECT_NEAR(scheme_residual(n, a, solution.u, f), solution.residual, 2e-11) << n << " " << contrast;
      EXPECT_LE(solution.iterations, contrast < 10 ? 14 : 120) << n << " " << contrast;  // hardly grows with n
    }
}

TEST(DarcySolver, ExtremeContrastStopsAtTheFloorOfRounding) {
  // A good conductor in the middle of the square, away from the boundary: u is flat in it.
  const std::int64_t n = 50;
  const double high = 1e9;
  const auto inside = [](double x) { return x > 0.21 && x < 0.79; };
  const auto a = on_nodes(n, [&](double x, double y) { return inside(x) && inside(y) ? high : 1.0; });
  const DarcySolution solution = solve_darcy(n, a, std::vector<double>(a.size(), 1.0));
  const auto u = [&](std::int64_t i, std::int64_t j) { return solution.u[static_cast<std::size_t>(i * (n + 1) + j)]; };
  EXPECT_GT(solution.residual, kDarcyTolerance);
  // A row of |A||u| is at most 8 a u n^2, and the source has size one.
  EXPECT_LE(solution.residual, std::numeric_limits<double>::epsilon() * 8 * high * u(25, 25) * n * n);
  EXPECT_GT(u(25, 25), 0.01);
  for (const std::int64_t i : {12, 20, 38})
    for (const std::int64_t j : {12, 30, 38}) EXPECT_NEAR(u(i, j), u(25, 25), 1e-6 * u(25, 25));
  // Outside, the flow that leaves the square equals the source in it.
  double flux = 0;
  for (std::int64_t k = 1; k < n; ++k) flux += u(1, k) + u(n - 1, k) + u(k, 1) + u(k, n - 1);
  EXPECT_NEAR(flux * n * n, (n - 1) * (n - 1), 1e-4 * n * n);
}

TEST(DarcySolver, LinearInTheSource) {
  const std::int64_t n = 41;
  const auto a = darcy_coefficient(small(1, n), 0);
  const auto f = on_nodes(n, [](double x, double y) { return 1 + x * y; });
  const auto g = on_nodes(n, [](double x, double y) { return std::cos(9 * x) - y; });
  std::vector<double> both;
  for (std::size_t i = 0; i < f.size(); ++i) both.push_back(2 * f[i] - 3 * g[i]);
  const auto u = solve_darcy(n, a, f).u, v = solve_darcy(n, a, g).u, w = solve_darcy(n, a, both).u;
  double largest = 0;
  for (const double value : w) largest = std::max(largest, std::abs(value));
  for (std::size_t i = 0; i < w.size(); ++i) ASSERT_NEAR(w[i], 2 * u[i] - 3 * v[i], 1e-6 * largest);
  for (const double value : solve_darcy(n, a, std::vector<double>(a.size(), 0.0)).u) ASSERT_EQ(value, 0);
}

TEST(DarcySolver, RefusesWhatDoesNotFit) {
  const auto kind = [](std::int64_t n, const std::vector<double>& a, const std::vector<double>& f) {
    try {
      (void)solve_darcy(n, a, f);
    } catch (const Error& error) {
      return error.exit_code();
    }
    return 0;
  };
  const std::vector<double> ones(25, 1.0), zeros(25, 0.0);
  std::vector<double> wild = ones;
  for (std::size_t i = 0; i < wild.size(); i += 2) wild[i] = 1e308;
  EXPECT_EQ(kind(4, ones, ones), 0);
  EXPECT_EQ(kind(1, std::vector<double>(4, 1.0), std::vector<double>(4, 1.0)), 2);
  EXPECT_EQ(kind(5, ones, ones), 2);
  EXPECT_EQ(kind(4, zeros, ones), 2);
  EXPECT_EQ(kind(4, std::vector<double>(25, std::nan("")), ones), 2);
  EXPECT_EQ(kind(4, ones, std::vector<double>(25, std::nan(""))), 2);
  EXPECT_EQ(kind(4, wild, ones), 4);  // the sum of four links overflows: no solution, and it is said
}

TEST(GaussianField, IsTheStatedSeries) {
  const std::int64_t n = 6;
  Random random(11, 2), again(11, 2);
  const std::vector<double> field = GaussianField(n).draw(random);
  std::vector<double> expected(field.size(), 0.0);
  const auto mode = [&](int k1, int k2) {
    const double norm = (k1 > 0 ? std::sqrt(2.0) : 1) * (k2 > 0 ? std::sqrt(2.0) : 1);
    const double weight = norm * 3 / (kPi * kPi * (k1 * k1 + k2 * k2) + 9) * again.normal();
    const auto wave = on_nodes(n, [=](double x, double y) { return std::cos(kPi * k1 * x) * std::cos(kPi * k2 * y); });
    for (std::size_t i = 0; i < wave.size(); ++i) expected[i] += weight * wave[i];
  };
  for (int shell = 1; shell < n; ++shell) {
    for (int k = 0; k < shell; ++k) {
      mode(shell, k);
      mode(k, shell);
    }
    mode(shell, shell);
  }
  for (std::size_t i = 0; i < field.size(); ++i) ASSERT_NEAR(field[i], expected[i], 1e-13);
}

TEST(GaussianField, VarianceMatchesTheClosedForm) {
  const std::int64_t n = 16, draws = 4000;
  const GaussianField maker(n);
  std::vector<double> square(static_cast<std::size_t>((n + 1) * (n + 1)), 0.0), product = square;
  const std::size_t middle = static_cast<std::size_t>(n / 2 * (n + 2));
  for (std::int64_t d = 0; d < draws; ++d) {
    Random random(5, static_cast<std::uint64_t>(d));
    const auto field = maker.draw(random);
    for (std::size_t i = 0; i < field.size(); ++i) {
      square[i] += field[i] * field[i] / static_cast<double>(draws);
      product[i] += field[i] * field[middle] / static_cast<double>(draws);
    }
  }
  const auto covariance = [&](double x, double y, double x0, double y0) {
    double sum = 0;
    for (int k = 0; k < n; ++k)
      for (int l = 0; l < n; ++l)
        if (k + l > 0)
          sum += (k > 0 ? 2 : 1) * (l > 0 ? 2 : 1) * std::pow(3 / (kPi * kPi * (k * k + l * l) + 9), 2) *
                 std::cos(kPi * k * x) * std::cos(kPi * k * x0) * std::cos(kPi * l * y) * std::cos(kPi * l * y0);
    return sum;
  };
  const auto variance = on_nodes(n, [&](double x, double y) { return covariance(x, y, x, y); });
  const auto with_middle = on_nodes(n, [&](double x, double y) { return covariance(x, y, 0.5, 0.5); });
  for (std::size_t i = 0; i < square.size(); ++i) {  // standard error 2.2 %; five of them
    ASSERT_NEAR(square[i] / variance[i], 1, 0.11) << i;
    ASSERT_NEAR(product[i], with_middle[i], 0.11 * std::sqrt(variance[i] * variance[middle])) << i;
  }
}

TEST(GaussianField, MeanSquareTendsToThePublishedValue) {
  double sum = 0;
  for (std::int64_t k = 0; k < 421; ++k)
    for (std::int64_t l = 0; l < 421; ++l)
      if (k + l > 0) sum += std::pow(GaussianField::amplitude(k, l), 2);
  EXPECT_NEAR(std::sqrt(sum), 0.292, 0.0005);
}

TEST(GaussianField, AFinerGridAddsModesAndKeepsTheOthers) {
  // On nodes i/n the cosines with k < n are orthogonal under trapezoidal weights, so the modes can be read back.
  const auto project = [](std::int64_t n, int k1, int k2) {
    Random random(9, 4);
    const auto field = GaussianField(n).draw(random);
    const auto wave = on_nodes(n, [=](double x, double y) { return std::cos(kPi * k1 * x) * std::cos(kPi * k2 * y); });
    double sum = 0;
    for (std::int64_t i = 0; i <= n; ++i)
      for (std::int64_t j = 0; j <= n; ++j) {
        const auto at = static_cast<std::size_t>(i * (n + 1) + j);
        sum += (i % n == 0 ? 0.5 : 1) * (j % n == 0 ? 0.5 : 1) * field[at] * wave[at];
      }
    return sum / static_cast<double>(n * n);
  };
  for (const auto& [k1, k2] : {std::pair{0, 0}, {1, 0}, {0, 1}, {3, 2}, {9, 9}})
    EXPECT_NEAR(project(10, k1, k2), project(23, k1, k2), 1e-13) << k1 << " " << k2;
}

TEST(SimulateDarcy, SamplesAreSolutionsOfTheirCoefficients) {
  for (const auto& [low, high] : {std::pair{3.0, 12.0}, {12.0, 3.0}, {0.5, 200.0}}) {
    DarcySettings settings = small(6, 29);
    settings.contrast_low = low;
    settings.contrast_high = high;
    const DarcySet set = simulate_darcy(settings);
    EXPECT_GT(set.largest_residual, 0);
    EXPECT_LE(set.largest_residual, 1e-10);
    const std::int64_t n = settings.grid;
    ASSERT_EQ(set.points, n);
    ASSERT_EQ(set.samples, 6);
    ASSERT_EQ(set.x.size(), static_cast<std::size_t>(6 * n * n));
    ASSERT_EQ(set.y.size(), set.x.size());
    std::set<float> seen;
    for (std::int64_t s = 0; s < 6; ++s) {
      const auto a = darcy_coefficient(settings, s);
      Random random(settings.seed, static_cast<std::uint64_t>(s));
      const auto field = GaussianField(n).draw(random);
      const std::vector<double> ones(a.size(), 1.0);
      const auto u = solve_darcy(n, a, ones).u;
      EXPECT_LE(scheme_residual(n, a, u, ones), 1.01e-10);
      for (std::int64_t i = 0; i < n; ++i)
        for (std::int64_t j = 0; j < n; ++j) {
          const auto from = static_cast<std::size_t>(i * (n + 1) + j),
                     to = static_cast<std::size_t>((s * n + i) * n + j);
          seen.insert(set.x[to]);
          ASSERT_EQ(set.x[to], static_cast<float>(field[from] >= 0 ? high : low));
          ASSERT_EQ(set.y[to], static_cast<float>(u[from]));
          if (i == 0 || j == 0) {
            ASSERT_EQ(set.y[to], 0.0f);
          } else {
            ASSERT_GT(set.y[to], 0.0f);
          }
        }
    }
    EXPECT_EQ(seen, (std::set<float>{static_cast<float>(low), static_cast<float>(high)}));
  }
}

TEST(SimulateDarcy, EqualContrastIsThePoissonProblem) {
  DarcySettings settings = small(1, 64);
  settings.contrast_low = settings.contrast_high = 2;
  EXPECT_NEAR(simulate_darcy(settings).y[32 * 64 + 32], 0.0736713 / 2, 2e-5);
}

TEST(SimulateDarcy, SameBitsForAnyThreadsAndAnyNumberOfSamples) {
  const DarcySet one = simulate_darcy(small(7, 20), 1);
  for (const int threads : {0, 2, 3, 16}) {
    const DarcySet other = simulate_darcy(small(7, 20), threads);
    EXPECT_EQ(one.x, other.x) << threads;
    EXPECT_EQ(one.y, other.y) << threads;
    EXPECT_EQ(one.largest_residual, other.largest_residual) << threads;
  }
  const DarcySet part = simulate_darcy(small(3, 20), 2);
  EXPECT_TRUE(std::equal(part.x.begin(), part.x.end(), one.x.begin()));
  EXPECT_TRUE(std::equal(part.y.begin(), part.y.end(), one.y.begin()));
  DarcySettings reseeded = small(7, 20);
  reseeded.seed = 8;
  EXPECT_NE(simulate_darcy(reseeded).x, one.x);
  EXPECT_FALSE(std::equal(one.x.begin(), one.x.begin() + 400, one.x.begin() + 400));
}

TEST(SimulateDarcy, StrideKeepsEverySecondNode) {
  DarcySettings settings = small(3, 22);
  const DarcySet full = simulate_darcy(settings);
  settings.stride = 2;
  const DarcySet half = simulate_darcy(settings);
  ASSERT_EQ(half.points, 11);
  for (std::size_t s = 0; s < 3; ++s)
    for (std::size_t i = 0; i < 11; ++i)
      for (std::size_t j = 0; j < 11; ++j) {
        const std::size_t to = (s * 11 + i) * 11 + j, from = (s * 22 + 2 * i) * 22 + 2 * j;
        ASSERT_EQ(half.x[to], full.x[from]);
        ASSERT_EQ(half.y[to], full.y[from]);
      }
  EXPECT_EQ(half.largest_residual, full.largest_residual);
}

TEST(SimulateDarcy, ProgressCountsUpAndMayStopTheRun) {
  std::vector<std::int64_t> calls;
  (void)simulate_darcy(small(5, 8), 3, [&](std::int64_t finished) { calls.push_back(finished); });
  EXPECT_EQ(calls, (std::vector<std::int64_t>{1, 2, 3, 4, 5}));
  std::int64_t last = 0;
  const auto stop = [&](std::int64_t finished) {
    last = finished;
    if (finished == 2) throw std::runtime_error("stop");
  };
  EXPECT_THROW((void)simulate_darcy(small(500, 8), 2, stop), std::runtime_error);
  EXPECT_EQ(last, 2);
}

TEST(SimulateDarcy, BadSettingsNameTheFlag) {
  const double infinity = std::numeric_limits<double>::infinity();
  const auto with = [](auto change) {
    DarcySettings settings = small(1, 8);
    change(settings);
    return settings;
  };
  for (const std::int64_t value : {std::int64_t{0}, std::int64_t{-3}, std::int64_t{1} << 60})
    expect_refused(with([&](DarcySettings& s) { s.samples = value; }), "--samples");
  for (const std::int64_t value : {-1, 0, 3, 4097})
    expect_refused(with([&](DarcySettings& s) { s.grid = value; }), "--grid");
  for (const double value : {0.0, -1.0, infinity, std::nan(""), 1e39, 1e-39}) {
    expect_refused(with([&](DarcySettings& s) { s.contrast_low = value; }), "--contrast");
    expect_refused(with([&](DarcySettings& s) { s.contrast_high = value; }), "--contrast");
  }
  for (const std::int64_t value : {-2, 0, 3, 8, 16})
    expect_refused(with([&](DarcySettings& s) { s.stride = value; }), "--stride");
  EXPECT_NO_THROW(check_darcy_settings(with([](DarcySettings& s) { s.grid = 4, s.stride = 2; })));
  EXPECT_NO_THROW(check_darcy_settings(with([](DarcySettings& s) { s.grid = 4096; })));
}

}  // namespace
}  // namespace fno
