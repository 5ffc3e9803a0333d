// What is made of a measurement: patches put together by their positions, and how well that reproduces the patterns.
#include "tools/tasks/ptychography/measured_object.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/tools/tasks/ptychography/small_scan.h"
#include "tests/tools/tasks/ptychography/small_set.h"

namespace fno::ptychography {
namespace {

TEST(ScanObject, PatchesBetweenPixelsAreTakenWithBilinearWeights) {
  const SmallScan scan = small_scan(6, false);
  const ObjectGrid grid{0, 0, scan.object.rows, scan.object.cols};
  std::vector<std::complex<float>> patch(256);
  for (std::size_t i = 0; i < 6; ++i) {
    cut_patch(scan.object, grid, scan.positions.x[i], scan.positions.y[i], 16, patch);
    for (int r = 0; r < 16; ++r)
      for (int c = 0; c < 16; ++c)
        EXPECT_LT(std::abs(std::complex<double>(patch[static_cast<std::size_t>(r * 16 + c)]) - scan.seen(i, r, c)),
                  1e-6);
  }
}

// Largest |a - b| where patterns overlap well, up to one phase for all.
double distance(const StitchedObject& s, const SmallScan& scan) {
  std::complex<double> sum = 0;
  double largest = 0;
  for (const bool second : {false, true})
    for (int r = 0; r < s.grid.rows; ++r)
      for (int c = 0; c < s.grid.cols; ++c) {
        const int row = r + s.grid.row, col = c + s.grid.col;
        if (s.coverage.at(r, c) < 0.5 || row < 0 || col < 0 || row >= scan.object.rows || col >= scan.object.cols)
          continue;
        const std::complex<double> a(s.object.at(r, c)), b(scan.object.at(row, col));
        if (second)
          largest = std::max(largest, std::abs(a * std::conj(sum) / std::abs(sum) - b));
        else
          sum += a * std::conj(b);
      }
  return largest;
}

TEST(ScanObject, TruePatchesGiveTheTrueObjectWhateverTheirPhases) {
  const SmallScan scan = small_scan(60);
  std::vector<std::complex<float>> patches;
  Random random(3, 0);
  for (std::size_t i = 0; i < 60; ++i) {
    const std::complex<double> turn = std::polar(1.0, 6.28 * random.uniform53());
    for (int r = 0; r < 16; ++r)
      for (int c = 0; c < 16; ++c) patches.emplace_back(turn * scan.seen(i, r, c));
  }
  const StitchedObject stitched = stitch_scan(patches, scan.positions, scan.probe, 16);
  EXPECT_GT(*std::ranges::max_element(stitched.coverage.values), 2);
  EXPECT_LT(distance(stitched, scan), 1e-4);
}

TEST(ScanObject, FractionsOfAPixelAreKept) {
  SmallScan scan = small_scan(60, false);
  for (int r = 0; r < scan.object.rows; ++r)
    for (int c = 0; c < scan.object.cols; ++c)
      scan.object.at(r, c) = {static_cast<float>(1 + 0.02 * r), static_cast<float>(0.03 * c)};
  std::vector<std::complex<float>> patches;
  for (std::size_t i = 0; i < 60; ++i)
    for (int r = 0; r < 16; ++r)
      for (int c = 0; c < 16; ++c) patches.emplace_back(scan.seen(i, r, c));
  // Bilinear weights are exact for planes; positions rounded to whole pixels would be off by up to 0.018.
  EXPECT_LT(distance(stitch_scan(patches, scan.positions, scan.probe, 16), scan), 1e-4);
}

class MeasuredScan : public training::InFolder {
 protected:
  PtychoData read(const std::vector<NamedArray>& arrays, const MeasurementReading& reading = {}) {
    write_npz(path("scan.npz"), arrays, false);
    return read_dataset(path("scan.npz"), reading);
  }
  const SmallScan scan_ = small_scan();
};

TEST_F(MeasuredScan, TheTruthScoresPerfectlyAndTheWrongAxesAreNoticed) {
  const auto made = [&](const MeasurementReading& reading, bool truth) {
    const PtychoData data = read(scan_arrays(scan_, truth), reading);
    const double scale = data.measurement->units.probe / data.measurement->units.amplitude / 16;
    std::vector<float> patches;
    for (std::size_t i = 0; i < 40; ++i)
      for (const bool imaginary : {false, true})
        for (int r = 0; r < 16; ++r)
          for (int c = 0; c < 16; ++c) {
            const std::complex<double> o = scale * scan_.seen(i, r, c);
            patches.push_back(static_cast<float>(imaginary ? o.imag() : o.real()));
          }
    return reconstruct_measurement(Recital(patches), data, 16, 7, cpu());
  };
  const MeasuredObject object = made({}, true);
  EXPECT_LT(object.error, 1e-4);
  EXPECT_LT(object.patch_error, 1e-4);
  EXPECT_GT(object.constant, 0.05);
  EXPECT_TRUE(object.beats_constant());
  EXPECT_TRUE(object.notices.empty());
  ASSERT_TRUE(object.truth_error.has_value());
  EXPECT_LT(*object.truth_error, 1e-4);
  ASSERT_TRUE(object.metrics.has_value());
  EXPECT_GT(object.metrics->ssim.amplitude, 0.999);
  EXPECT_LT(object.metrics->mae.phase, 1e-3);
  EXPECT_LT(distance(object.stitched, scan_), 1e-3);  // in the units of the file, too
  const training::Measured json = measured(object);
  EXPECT_TRUE(json.json.contains("ssim"));

  const MeasuredObject exchanged = made({.swap_xy = true}, false);
  EXPECT_GT(exchanged.error, 0.05);
  ASSERT_EQ(exchanged.notices.size(), 1u);
  EXPECT_NE(exchanged.notices[0].find("--swap-xy"), std::string::npos) << exchanged.notices[0];
  const MeasuredObject turned = made({.flip = Flip::x}, false);
  ASSERT_EQ(turned.notices.size(), 1u);
  EXPECT_NE(turned.notices[0].find("--flip-positions x "), std::string::npos) << turned.notices[0];
  const training::Measured none = measured(turned);
  EXPECT_TRUE(none.json.at("truth").is_null());
  EXPECT_EQ(none.json.at("note"), "no truth: scores not available");
  EXPECT_FALSE(none.json.contains("ssim"));
  EXPECT_EQ(std::ranges::count(remarks_of(turned), std::string(kNoTruth)), 1);
}

TEST_F(MeasuredScan, AConstantObjectIsTheAnswerToBeat) {
  const PtychoData data = read(scan_arrays(scan_));
  double best = 1e9;
  for (const double c : {0.03, 0.05, 0.06, 0.0625, 0.07, 0.1})
    best = std::min(best, reconstruct_measurement(Constant(c), data, 16, 16, cpu()).patch_error);
  const MeasuredObject flat = reconstruct_measurement(Constant(0.06), data, 16, 16, cpu());
  EXPECT_LE(flat.constant, best + 1e-6);
  EXPECT_GT(flat.constant, 0.9 * best);
  EXPECT_FALSE(flat.beats_constant());
  EXPECT_NE(remarks_of(flat).back().find("no better than a constant object"), std::string::npos);
}

}  // namespace
}  // namespace fno::ptychography
