#include "tools/tasks/ptychography/stitch.h"

#include "tests/support/expect_error.h"
#include "tests/tools/tasks/ptychography/test_truth.h"

namespace fno::ptychography {
namespace {

using fno::test::throws_error;
using Values = std::vector<std::complex<float>>;

// An object on which every pixel says where it is.
ComplexImage ramp(int size) {
  ComplexImage object{size, size, {}};
  for (int r = 0; r < size; ++r)
    for (int c = 0; c < size; ++c) object.values.emplace_back(static_cast<float>(r), static_cast<float>(-c));
  return object;
}

// All patches of an object, cut out as the scan does.
Values patches_of(const ComplexImage& object, int patch, int step) {
  Values patches;
  for (int top = 0; top + patch <= object.rows; top += step)
    for (int left = 0; left + patch <= object.cols; left += step) {
      const ComplexImage part = cropped(object, top, left, patch, patch);
      patches.insert(patches.end(), part.values.begin(), part.values.end());
    }
  return patches;
}

TEST(Stitch, PerfectPatchesGiveBackTheObject) {
  // Tile (i, j) covers rows 10i+27 … 10i+36 of the object: pixel (0, 0) of the result is (27, 27), 330 a side.
  const ComplexImage image = stitch(patches_of(ramp(392), 64, 10), test::kGeometry, 2);
  ASSERT_EQ(image.rows, 330);
  ASSERT_EQ(image.cols, 330);
  for (const auto& [r, c] : {std::pair{0, 0}, {0, 329}, {9, 10}, {10, 9}, {123, 321}, {329, 329}})
    EXPECT_EQ(image.at(r, c),
              std::complex<float>(2.0f * static_cast<float>(r + 27), -2.0f * static_cast<float>(c + 27)));
  EXPECT_EQ(covered_part(ramp(392), test::kGeometry).values,
            stitch(patches_of(ramp(392), 64, 10), test::kGeometry, 1).values);
}

TEST(Stitch, OtherGeometriesCoverTheSamePartAsTheTruth) {
  // (object, patch, offset): no surplus, odd border (patch - tile odd), tile as large as the patch, one patch.
  for (const auto& [size, patch, offset] : {std::tuple{128, 32, 16}, {61, 16, 10}, {24, 6, 12}, {9, 9, 4}}) {
    const TileGeometry geometry{size, patch, offset};
    const ComplexImage object = ramp(size), image = stitch(patches_of(object, patch, offset / 2), geometry, 1);
    EXPECT_EQ(image.rows, ((size - patch) / (offset / 2) + 1) * (offset / 2));
    EXPECT_EQ(image.values, covered_part(object, geometry).values) << size << ' ' << patch << ' ' << offset;
    EXPECT_EQ(image.at(0, 0).real(), static_cast<float>((patch - offset / 2 + 1) / 2)) << patch;
  }
}

TEST(Stitch, TakesTheFirstOfSeveralObjects) {
  const TileGeometry geometry{20, 8, 4};
  Values patches = patches_of(ramp(20), 8, 2);
  const ComplexImage alone = stitch(patches, geometry, 1);
  patches.insert(patches.end(), patches.size(), {99, 99});
  EXPECT_EQ(stitch(patches, geometry, 1).values, alone.values);
}

TEST(Stitch, RefusesWhatDoesNotFit) {
  const TileGeometry geometry{20, 8, 4};
  const Values patches = patches_of(ramp(20), 8, 2);  // 49
  const auto refused = [&](const Values& values, TileGeometry g, const char* text) {
    return throws_error(ErrorKind::data, text, [&] { static_cast<void>(stitch(values, g, 1)); });
  };
  EXPECT_TRUE(refused({}, geometry, "takes 49 patches"));
  EXPECT_TRUE(refused(Values(patches.begin(), patches.end() - 64), geometry, "48 patches of 8 x 8"));
  EXPECT_TRUE(refused(Values(patches.begin(), patches.end() - 1), geometry, "takes 49 patches"));
  EXPECT_TRUE(refused(patches, {20, 8, 5}, "must be even"));
  EXPECT_TRUE(refused(patches, {20, 8, 0}, "at least 2"));
  EXPECT_TRUE(refused(patches, {20, 8, 18}, "leaves gaps"));
  EXPECT_TRUE(refused(patches, {7, 8, 4}, "must fit"));
  EXPECT_TRUE(throws_error(ErrorKind::data, "geometry says 392 x 392",
                           [] { static_cast<void>(covered_part(ramp(20), test::kGeometry)); }));
}

TEST(TestTruth, HasThePublishedMeanAndSpread) {
  // Section "check values": the figures printed in the stored logs of the original.
  const RealImage amplitude = amplitude_of(trimmed(test::test_truth(), 2));
  const MeanAndStd spread = mean_and_std(amplitude);
  EXPECT_EQ(amplitude.rows, 326);
  EXPECT_NEAR(spread.mean, 2.889509, 1e-6);
  EXPECT_NEAR(spread.std, 0.641223, 1e-6);
  EXPECT_NEAR(range_of(amplitude), 4.937051 - 0.847106, 2e-6);
}

}  // namespace
}  // namespace fno::ptychography
