#include "tools/tasks/ptychography/probe.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <numeric>

#include "tests/tools/tasks/ptychography/shared_probe.h"
#include "tests/tools/training/train_test_support.h"
#include "tools/files/npz.h"

namespace fno::ptychography {
namespace {

using test::throws_error;

double sum_of_amplitudes(const std::vector<Complex>& p) {
  return std::accumulate(p.begin(), p.end(), 0.0, [](double s, Complex z) { return s + std::abs(z); });
}
double power(const std::vector<Complex>& p) {
  return std::accumulate(p.begin(), p.end(), 0.0, [](double s, Complex z) { return s + std::norm(z); });
}
double largest(const std::vector<Complex>& p) {
  double most = 0;
  for (const Complex z : p) most = std::max(most, std::abs(z));
  return most;
}

TEST(AnalyticProbe, HasThePublishedFigures) {
  const std::vector<Complex> p = analytic_probe(64);
  EXPECT_NEAR(largest(p), 1.521, 5e-4);
  EXPECT_NEAR(sum_of_amplitudes(p) / 4096, 0.50811, 5e-6);
  EXPECT_NEAR(power(p), 1952.07, 5e-3);
  EXPECT_NEAR(p[31 * 64 + 31].real(), 1.132542, 5e-7);
  EXPECT_NEAR(p[31 * 64 + 31].imag(), 0.030189, 5e-7);
  EXPECT_NEAR(simulation_norm(p, 64), 0.95759, 5e-6);
}

TEST(AnalyticProbe, ScalesWithTheFrame) {
  // The centres of 64 x 64 pixels lie between those of 128 x 128: the mean amplitude is that of the same disk.
  const std::vector<Complex> p = analytic_probe(128);
  EXPECT_NEAR(sum_of_amplitudes(p) / (128 * 128), 0.50811, 1e-3);
  // At the same place in the frame the phase changes by the same step from pixel to pixel.
  const auto step = [](const std::vector<Complex>& probe, int n) {
    const std::size_t at = static_cast<std::size_t>(n / 2 * n + 3 * n / 4);
    return std::arg(probe[at + 1] / probe[at]);
  };
  EXPECT_NEAR(step(p, 128), step(analytic_probe(64), 64), 0.06);
}

TEST(IdealDiskProbe, HasThePublishedFigures) {
  const std::vector<Complex> p = ideal_disk_probe(64);
  // The filter keeps the sum: 376 ones and the 1e-9 of every pixel.
  EXPECT_NEAR(sum_of_amplitudes(p), 376 + 4096e-9, 1e-9);
  EXPECT_EQ(p[0], Complex(1e-9));
  EXPECT_NEAR(simulation_norm(p, 64), 0.3672, 5e-5);
}

TEST(MeasuredProbe, HasThePublishedFigures) {
  const std::string path = shared_probe();
  if (path.empty()) GTEST_SKIP() << "the measured probe is not here (FNO_SHARED)";
  std::vector<Complex> p = read_probe(path, 64);
  EXPECT_NEAR(largest(p), 2.7668, 5e-5);
  EXPECT_NEAR(sum_of_amplitudes(p) / 4096, 0.51878, 5e-6);
  EXPECT_NEAR(power(p), 2066.33, 5e-3);
  const std::vector<Complex> before = p;
  smooth_amplitude(p, 64, 0.5);
  EXPECT_NEAR(simulation_norm(p, 64) / 4, 0.24330, 5e-6);
  for (std::size_t i = 0; i < p.size(); ++i) ASSERT_NEAR(std::arg(p[i] * std::conj(before[i])), 0, 1e-9);
}

TEST(MaskProbe, KeepsTheClosedDisk) {
  std::vector<Complex> p(16, 1.0);
  mask_probe(p, 4, std::sqrt(10.0) + 1e-9);  // the distance of (0, 1) is sqrt(2.5), that of a corner sqrt(4.5)
  EXPECT_EQ(std::ranges::count(p, Complex(1.0)), 12);
  EXPECT_EQ(p[0], Complex(0.0));
  mask_probe(p, 4, 1.5);
  EXPECT_EQ(std::ranges::count(p, Complex(1.0)), 4);
}

class ProbeFile : public training::InFolder {
 protected:
  /// Expects an error of kind data that names the file and contains `text`.
  void expect_refused(const NamedArray& array, const std::string& text) {
    const std::string file = path("probe.npz");
    write_npz(file, std::vector<NamedArray>{array}, false);
    EXPECT_TRUE(throws_error(ErrorKind::data, text, [&] { (void)read_probe(file, 8); }));
    EXPECT_TRUE(throws_error(ErrorKind::data, file, [&] { (void)read_probe(file, 8); }));
  }
};

TEST_F(ProbeFile, IsReadInBothPrecisions) {
  std::vector<std::complex<float>> values(64);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = {static_cast<float>(i), -1.5f};
  const std::vector<Complex> wide(values.begin(), values.end());
  write_npz(path("a.npz"), std::vector<NamedArray>{{"probeGuess", make_host_array(values, {8, 8})}}, false);
  write_npz(path("b.npz"), std::vector<NamedArray>{{"probeGuess", make_host_array(wide, {8, 8})}}, true);
  EXPECT_EQ(read_probe(path("a.npz"), 8), wide);
  EXPECT_EQ(read_probe(path("b.npz"), 8), wide);
}

TEST_F(ProbeFile, IsRefusedWithWhatWasFound) {
  using Values = std::vector<std::complex<float>>;
  const Values ones(64, 1.f);
  Values bad = ones;
  bad[8 * 3 + 5] = std::numeric_limits<float>::quiet_NaN();
  expect_refused({"probe", make_host_array(ones, {8, 8})}, "'probeGuess' is missing");
  expect_refused({"probeGuess", make_host_array(ones, {4, 16})}, "found shape (4, 16), accepted: (8, 8)");
  expect_refused({"probeGuess", make_host_array(ones, {1, 8, 8})}, "found shape (1, 8, 8)");
  expect_refused({"probeGuess", make_host_array(std::vector<float>(64, 1.f), {8, 8})}, "found type float32");
  expect_refused({"probeGuess", make_host_array(bad, {8, 8})}, "at index (3, 5)");
  expect_refused({"probeGuess", make_host_array(Values(64), {8, 8})}, "found zeros only");
  EXPECT_TRUE(throws_error(ErrorKind::data, "absent.npz", [&] { (void)read_probe(path("absent.npz"), 8); }));
}

}  // namespace
}  // namespace fno::ptychography
