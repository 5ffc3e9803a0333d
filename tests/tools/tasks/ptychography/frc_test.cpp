#include "tools/tasks/ptychography/frc.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <numeric>

#include "tests/support/expect_error.h"
#include "tests/support/near.h"
#include "tests/tools/tasks/ptychography/test_truth.h"

namespace fno::ptychography {
namespace {

using fno::test::near_mixed;
using fno::test::throws_error;

// Straight from the definition: a sum for every frequency, rings counted from the centre of the shifted spectrum.
std::vector<double> by_definition(const RealImage& t, const RealImage& r) {
  const int n = t.rows;
  struct Sums {
    std::complex<double> cross;
    double tt = 0, rr = 0;
  };
  std::vector<Sums> rings;
  for (int k = 0; k < n; ++k)
    for (int l = 0; l < n; ++l) {
      const int down = k - n / 2, right = l - n / 2;
      std::complex<double> t_hat, r_hat;
      for (int i = 0; i < n; ++i)
        for (int j = 0; j < n; ++j) {
          const auto wave = std::polar(1.0, -2 * std::numbers::pi * (down * i + right * j) / n);
          t_hat += t.at(i, j) * wave;
          r_hat += r.at(i, j) * wave;
        }
      const auto ring = static_cast<std::size_t>(std::nearbyint(std::sqrt(down * down + right * right)));
      if (ring >= rings.size()) rings.resize(ring + 1);
      rings[ring].cross += t_hat * std::conj(r_hat);
      rings[ring].tt += std::norm(t_hat);
      rings[ring].rr += std::norm(r_hat);
    }
  std::vector<double> curve;
  for (const Sums& s : rings) curve.push_back(std::abs(s.cross) / std::sqrt(s.tt * s.rr));
  return curve;
}

TEST(RingCorrelation, AgreesWithItsDefinition) {
  for (const int n : {5, 8, 11, 12}) {
    const RealImage t = test::noise_image(n, n, 1);
    RealImage r = test::noise_image(n, n, 2);
    for (std::size_t i = 0; i < r.values.size(); ++i) r.values[i] += t.values[i] + 3;
    EXPECT_TRUE(near_mixed(ring_correlation(t, r).value(), by_definition(t, r), 1e-12, 0)) << n;
  }
}

TEST(RingCorrelation, OfIdenticalImagesIsOneAndReachesTheCorner) {
  const RealImage truth = amplitude_of(trimmed(test::test_truth(), 2));
  RealImage scaled = truth;
  for (double& v : scaled.values) v *= -7;
  const std::vector<double> curve = ring_correlation(truth, scaled).value();
  EXPECT_EQ(curve.size(), 232U);
  EXPECT_TRUE(near_mixed(curve, std::vector<double>(232, 1), 1e-9, 0));
  EXPECT_EQ(ring_cutoff(curve, 0.5), 232);
}

TEST(RingCorrelation, OfIndependentNoiseIsThatOfChance) {
  // A ring q holds about πq independent complex products: the modulus of their mean is √π/2 / √(πq) on average.
  const std::vector<double> curve =
      ring_correlation(test::noise_image(326, 326, 11), test::noise_image(326, 326, 12)).value();
  double measured = 0, expected = 0;
  for (std::size_t q = 20; q <= 160; ++q) {
    measured += curve[q];
    expected += 0.5 / std::sqrt(static_cast<double>(q));
  }
  EXPECT_NEAR(measured / expected, 1, 0.4);
  EXPECT_LT(*std::max_element(curve.begin() + 20, curve.begin() + 160), 0.5);
}

TEST(RingCorrelation, OfAConstantIsZeroBeyondTheMean) {
  const RealImage truth = amplitude_of(trimmed(test::test_truth(), 2));
  const std::vector<double> curve = ring_correlation(truth, filled_image(326, 326, 0.3)).value();
  EXPECT_NEAR(curve[0], 1, 1e-12);
  EXPECT_EQ(curve[1], 0);
  EXPECT_EQ(ring_cutoff(curve, 0.5), 1);
  EXPECT_TRUE(std::all_of(curve.begin() + 1, curve.end(), [](double v) { return v == 0; }));
}

TEST(RingCorrelation, OfAZeroTruthIsNone) {
  const RealImage zero = filled_image(16, 16, 0.0);
  const auto curve = ring_correlation(zero, test::noise_image(16, 16, 1));
  EXPECT_FALSE(curve.has_value());
  EXPECT_TRUE(std::isnan(ring_cutoff(curve, 0.5)));
  EXPECT_TRUE(std::isnan(interpolated_ring_cutoff(curve, 0.5)));
}

TEST(RingCorrelation, TakesTheMiddleOfOblongImages) {
  const RealImage a = test::noise_image(12, 16, 1), b = test::noise_image(12, 16, 2);
  EXPECT_EQ(ring_correlation(a, b), ring_correlation(cropped(a, 0, 2, 12, 12), cropped(b, 0, 2, 12, 12)));
  EXPECT_TRUE(throws_error(ErrorKind::config, "must have one size",
                           [&] { static_cast<void>(ring_correlation(a, cropped(b, 0, 0, 12, 12))); }));
}

TEST(RingCutoff, FirstRingBelowOrTheLength) {
  using Curve = std::vector<double>;
  EXPECT_EQ(ring_cutoff(Curve{1, 0.9, 0.5, 0.3, 0.8, 0.1}, 0.5), 3);  // 0.5 itself is not below
  EXPECT_NEAR(interpolated_ring_cutoff(Curve{1, 0.9, 0.6, 0.2}, 0.5), 2.25, 1e-12);
  EXPECT_EQ(ring_cutoff(Curve{1, 0.9}, 0.5), 2);
  EXPECT_EQ(interpolated_ring_cutoff(Curve{1, 0.9}, 0.5), 2);
  EXPECT_EQ(ring_cutoff(Curve{0.1, 0.9}, 0.5), 0);
  EXPECT_EQ(interpolated_ring_cutoff(Curve{0.1, 0.9}, 0.5), 0);
  EXPECT_TRUE(std::isnan(ring_cutoff(Curve{std::nan(""), std::nan("")}, 0.5)));
}

}  // namespace
}  // namespace fno::ptychography
