#include "tools/tasks/ptychography/grid_lines.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <numbers>
#include <numeric>

#include "tests/support/expect_error.h"
#include "tests/tools/tasks/ptychography/shared_probe.h"
#include "tools/tasks/ptychography/stitch.h"

namespace fno::ptychography {
namespace {

using test::throws_error;

std::size_t values_of(const GridLinesSet& set, const Split& split) {
  return static_cast<std::size_t>(split.count() * set.settings.N * set.settings.N);
}

std::vector<float> diffraction(const GridLinesSet& set, const Split& split, int threads = 1) {
  cpu::Threads team(threads);
  std::vector<float> x(values_of(set, split));
  compute_diffraction(set, split, team, x);
  return x;
}

double mean(const std::vector<float>& v) {
  return std::accumulate(v.begin(), v.end(), 0.0) / static_cast<double>(v.size());
}

GridLines noiseless(int images = 2) {
  GridLines s;
  s.noise = false;
  s.nimgs_train = s.nimgs_test = images;
  return s;
}

/// A set that takes milliseconds.
GridLines small() {
  GridLines s;
  s.N = 16;
  s.size = 48;
  s.nimgs_train = 2;
  s.nimgs_test = 1;
  return s;
}

/// The figures of an independent simulation in double precision, to the digits printed there.
void expect_scales(const GridLinesSet& set, double nu, double kappa, double train, double test) {
  EXPECT_NEAR(set.nu, nu, 5.1e-6);
  EXPECT_NEAR(set.intensity_scale, kappa, 5.1e-4);
  EXPECT_NEAR(set.train.norm_Y_I, train, 5.1e-6);
  EXPECT_NEAR(set.test.norm_Y_I, test, 5.1e-6);
}

TEST(GridLines, FiguresOfTheAnalyticProbe) {
  const GridLinesSet set = prepare(noiseless());
  expect_scales(set, 0.95759, 999.708, 4.14630, 4.26381);
  EXPECT_EQ(set.train.count(), 13778);
  EXPECT_EQ(set.test.count(), 2178);
  EXPECT_FALSE(set.validation);
  EXPECT_NEAR(mean(diffraction(set, set.train)), 0.38383, 5.1e-6);
  EXPECT_NEAR(mean(diffraction(set, set.test)), 0.38888, 5.1e-6);
}

TEST(GridLines, FiguresOfTheIdealDisk) {
  GridLines settings = noiseless();
  settings.probe_source = ProbeSource::ideal_disk;
  const GridLinesSet set = prepare(settings);
  EXPECT_NEAR(set.nu, 0.3672, 5.1e-5);
  EXPECT_NEAR(set.intensity_scale, 920.80, 5.1e-3);
  EXPECT_NEAR(mean(diffraction(set, set.train)), 0.0920, 5.1e-5);
  const std::vector<float> test = diffraction(set, set.test);
  EXPECT_NEAR(mean(test), 0.0930, 5.1e-5);
  EXPECT_NEAR(*std::ranges::max_element(test), 16.4, 0.051);
}

TEST(GridLines, FiguresOfTheMeasuredProbeWithItsAmplitudeSmoothed) {
  GridLines settings = noiseless();
  settings.probe_source = ProbeSource::custom;
  settings.probe_npz = shared_probe();
  if (settings.probe_npz->empty()) GTEST_SKIP() << "the measured probe is not here (FNO_SHARED)";
  GridLinesSet set = prepare(settings);
  expect_scales(set, 0.97318, 989.764, 4.14630, 4.26381);
  EXPECT_NEAR(mean(diffraction(set, set.train)), 0.37260, 5.1e-6);
  const std::vector<float> clean = diffraction(set, set.test);
  EXPECT_NEAR(mean(clean), 0.37717, 5.1e-6);
  // The figure is that of a probe whose phase was smoothed too; what this leaves out moves the figures by 0.3 %.
  EXPECT_NEAR(*std::ranges::max_element(clean), 1.505, 0.003 * 1.505);

  set.settings.noise = true;
  const std::vector<float> noisy = diffraction(set, set.test);
  double difference = 0;
  for (std::size_t i = 0; i < clean.size(); ++i) difference += std::abs(static_cast<double>(noisy[i]) - clean[i]);
  EXPECT_NEAR(difference / static_cast<double>(clean.size()) / mean(clean), 0.0011, 5.1e-5);

  settings.nimgs_train = settings.nimgs_test = 1;
  expect_scales(prepare(settings), 0.97318, 998.043, 4.16308, 4.22960);
}

TEST(GridLines, PatchesAndIlluminatedFieldHaveThePublishedFigures) {
  const GridLinesSet set = prepare(noiseless());
  // Normalised patches: the illuminated amplitude over |P| / nu.
  const auto expect_patches = [&](const Split& split, double wanted_mean, double wanted_deviation) {
    std::vector<float> y(values_of(set, split));
    compute_illuminated_amplitude(set, split, y);
    std::vector<double> light(set.probe.size());
    std::ranges::transform(set.probe, light.begin(), [&](Complex p) { return std::abs(p) / set.nu; });
    double sum = 0, squares = 0;
    for (std::size_t i = 0; i < y.size(); ++i) {
      const double patch = y[i] / light[i % light.size()];
      sum += patch;
      squares += patch * patch;
    }
    const double m = sum / static_cast<double>(y.size());
    EXPECT_NEAR(m, wanted_mean, 5.1e-6);
    EXPECT_NEAR(std::sqrt(squares / static_cast<double>(y.size()) - m * m), wanted_deviation, 5.1e-6);
  };
  expect_patches(set.train, 0.66466, 0.16265);
  expect_patches(set.test, 0.67357, 0.15242);
}

TEST(GridLines, TheTransformIsUnitary) {
  const GridLinesSet set = prepare(noiseless(1));
  // Energy of the light before and behind the transform, patch by patch, and the photons that were asked for.
  const std::vector<float> x = diffraction(set, set.train);
  std::vector<float> y(x.size());
  compute_illuminated_amplitude(set, set.train, y);
  double total = 0;
  for (std::size_t patch = 0; patch < 6889; ++patch) {
    double photons = 0, light = 0;
    for (std::size_t i = patch * 4096; i < (patch + 1) * 4096; ++i) {
      photons += static_cast<double>(x[i]) * x[i];
      light += static_cast<double>(y[i]) * y[i];
    }
    ASSERT_NEAR(photons / light, 1, 1e-5) << patch;
    total += photons * set.intensity_scale * set.intensity_scale;
  }
  EXPECT_NEAR(total / 6889, 1e9, 1e4);
}

TEST(GridLines, APatternIsTheShiftedModulusOfADirectSum) {
  GridLines settings = small();
  settings.noise = false;
  settings.set_phi = true;
  const GridLinesSet set = prepare(settings);
  const int n = settings.N, size = settings.size;
  const std::vector<float> x = diffraction(set, set.train);
  // Patch 3 of row 2 of the second object: its place follows from 9 positions an axis, 4 pixels apart.
  const int axis = 9, row = 2 * 4, col = 3 * 4;
  const std::size_t patch = static_cast<std::size_t>(axis * axis + 2 * axis + 3);
  for (const auto& [u, v] : {std::pair{0, 0}, {8, 8}, {3, 12}, {15, 7}}) {
    Complex sum = 0;
    for (int r = 0; r < n; ++r)
      for (int c = 0; c < n; ++c) {
        const auto at = static_cast<std::size_t>((size + row + r) * size + col + c);
        const Complex field = std::polar(set.train.amplitude[at] / set.train.norm_Y_I, set.train.phase[at]) *
                              set.probe[static_cast<std::size_t>(r * n + c)] / set.nu;
        sum += field * std::polar(1.0, -2 * std::numbers::pi * ((u - n / 2) * r + (v - n / 2) * c) / n);
      }
    EXPECT_NEAR(x[patch * 256 + static_cast<std::size_t>(u * n + v)], std::abs(sum) / n, 1e-6 * mean(x))
        << u << ' ' << v;
  }
  std::vector<float> phi(x.size());
  compute_patch_phase(set, set.train, phi);
  EXPECT_FLOAT_EQ(phi[patch * 256 + 5 * 16 + 6],
                  static_cast<float>(set.train.phase[static_cast<std::size_t>((size + row + 5) * size + col + 6)]));
  const std::vector<float> centres = patch_centres(set, set.train);
  EXPECT_EQ(centres[2 * patch], row + 7.5f);
  EXPECT_EQ(centres[2 * patch + 1], col + 7.5f);
}

TEST(GridLines, TheGroundTruthHasThePublishedFigures) {
  const GridLinesSet set = prepare(noiseless(1));
  const auto objects = full_objects(set.test);
  const ComplexImage first{392, 392, {objects.begin(), objects.begin() + 392 * 392}};
  const ComplexImage truth = covered_part(first, {392, 64, 20});
  ASSERT_EQ(truth.rows, 330);
  double sum = 0, squares = 0, least = 1e9, most = 0;
  for (int r = 2; r < 328; ++r)
    for (int c = 2; c < 328; ++c) {
      // In double precision, from the same place: 27 pixels of border.
      const double v = set.test.amplitude[static_cast<std::size_t>((27 + r) * 392 + 27 + c)];
      ASSERT_EQ(truth.at(r, c), std::complex<float>(static_cast<float>(v)));
      sum += v;
      squares += v * v;
      least = std::min(least, v);
      most = std::max(most, v);
    }
  const double m = sum / (326 * 326);
  EXPECT_NEAR(m, 2.889509, 1e-6);
  EXPECT_NEAR(std::sqrt(squares / (326 * 326) - m * m), 0.641223, 1e-6);
  EXPECT_NEAR(least, 0.847106, 1e-6);
  EXPECT_NEAR(most, 4.937051, 1e-6);
}

TEST(GridLines, NoiseDependsOnTheSeedAndNotOnTheThreads) {
  GridLines settings = small();
  const GridLinesSet set = prepare(settings);
  const std::vector<float> one = diffraction(set, set.train);
  EXPECT_EQ(diffraction(set, set.train, 3), one);
  settings.noise_seed = 1;
  const GridLinesSet other = prepare(settings);
  EXPECT_NE(diffraction(other, other.train), one);
  EXPECT_EQ(other.train.amplitude, set.train.amplitude);
}

TEST(GridLines, NoiseIsPoissonOfTheExpectedCount) {
  // With 2000 photons on 256 pixels counts are small: they are whole numbers of the right mean and variance.
  GridLines settings = small();
  settings.nphotons = 2000;
  const GridLinesSet noisy = prepare(settings);
  settings.noise = false;
  const GridLinesSet clean = prepare(settings);
  const std::vector<float> x = diffraction(noisy, noisy.train), expected = diffraction(clean, clean.train);
  const double scale = noisy.intensity_scale * noisy.intensity_scale;
  double excess = 0, chi_square = 0, total = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double count = scale * x[i] * x[i], lambda = scale * expected[i] * expected[i];
    ASSERT_NEAR(count, std::round(count), 1e-4 * (1 + count));
    excess += count - lambda;
    chi_square += (count - lambda) * (count - lambda);
    total += lambda;
  }
  EXPECT_NEAR(excess, 0, 5 * std::sqrt(total));
  EXPECT_NEAR(chi_square / total, 1, 0.02);
}

TEST(GridLines, ASubsetHoldsPatchesOfTheWholeSet) {
  GridLines settings = small();
  const GridLinesSet whole = prepare(settings);
  settings.patches_train = 20;
  const GridLinesSet part = prepare(settings);
  EXPECT_EQ(part.intensity_scale, whole.intensity_scale);
  EXPECT_EQ(part.test.count(), whole.test.count());
  ASSERT_EQ(part.train.count(), 20);
  EXPECT_TRUE(std::ranges::is_sorted(part.train.patches));
  EXPECT_EQ(std::ranges::adjacent_find(part.train.patches), part.train.patches.end());
  const std::vector<float> x = diffraction(part, part.train), all = diffraction(whole, whole.train);
  for (std::size_t i = 0; i < 20; ++i) {
    const auto from = all.begin() + part.train.patches[i] * 256;
    EXPECT_TRUE(std::equal(from, from + 256, x.begin() + static_cast<std::ptrdiff_t>(i) * 256)) << i;
  }
  settings.noise_seed = 9;
  EXPECT_NE(prepare(settings).train.patches, part.train.patches);
}

TEST(GridLines, TheThirdSplitHasObjectsOfItsOwn) {
  GridLines settings = small();
  settings.nimgs_validation = 1;
  const GridLinesSet set = prepare(settings), without = prepare(small());
  ASSERT_TRUE(set.validation);
  EXPECT_EQ(set.validation->count(), set.test.count());
  EXPECT_NE(set.validation->amplitude, set.test.amplitude);
  EXPECT_NE(diffraction(set, *set.validation), diffraction(set, set.test));
  EXPECT_EQ(set.intensity_scale, without.intensity_scale);
}

TEST(GridLines, SettingsOutOfRangeAreRefusedByTheirFlag) {
  const auto refused = [](const char* text, auto&& change) {
    GridLines settings = small();
    change(settings);
    EXPECT_TRUE(throws_error(ErrorKind::config, text, [&] { (void)prepare(settings); }));
  };
  refused("--gridsize: found 2, accepted: 1", [](GridLines& s) { s.gridsize = 2; });
  refused("--N: found 15", [](GridLines& s) { s.N = 15; });
  refused("--size: found 14", [](GridLines& s) { s.size = 14; });
  refused("--outer-offset-train: found 7", [](GridLines& s) { s.outer_offset_train = 7; });
  refused("--outer-offset-test: found 34", [](GridLines& s) { s.outer_offset_test = 34; });
  refused("--nimgs-train: found 0", [](GridLines& s) { s.nimgs_train = 0; });
  refused("--nimgs-test: found 0", [](GridLines& s) { s.nimgs_test = 0; });
  refused("--nimgs-validation: found -1", [](GridLines& s) { s.nimgs_validation = -1; });
  refused("--nphotons: found 0", [](GridLines& s) { s.nphotons = 0; });
  refused("--nphotons: found nan", [](GridLines& s) { s.nphotons = std::nan(""); });
  refused("--probe-smoothing-sigma: found -1", [](GridLines& s) { s.probe_smoothing_sigma = -1; });
  refused("--probe-mask-diameter: found 0", [](GridLines& s) { s.probe_mask_diameter = 0; });
  refused("mean |P| near the centre is 0", [](GridLines& s) { s.probe_mask_diameter = 0.5; });
  refused("--probe-source: found custom without a file", [](GridLines& s) { s.probe_source = ProbeSource::custom; });
  refused("--probe-source: found analytic with --probe-npz", [](GridLines& s) { s.probe_npz = "p.npz"; });
  refused("--patches-train: found 163, accepted: 1 to 162", [](GridLines& s) { s.patches_train = 163; });
}

}  // namespace
}  // namespace fno::ptychography
