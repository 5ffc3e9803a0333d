#include "tools/tasks/ptychography/ssim.h"

#include <cmath>
#include <limits>

#include "tests/support/expect_error.h"
#include "tests/support/golden.h"
#include "tests/support/near.h"
#include "tests/tools/tasks/ptychography/test_truth.h"

namespace fno::ptychography {
namespace {

using fno::test::GoldenFile;
using fno::test::throws_error;

RealImage golden_image(const GoldenFile& file, const std::string& in_case, const std::string& name) {
  const fno::test::GoldenArray array = file.get(in_case, name);
  return {static_cast<int>(array.shape[0]), static_cast<int>(array.shape[1]), array.values};
}

TEST(Ssim, AgreesWithScikitImage) {
  const GoldenFile file("ssim");
  const RealImage a = golden_image(file, "img", "a"), b = golden_image(file, "img", "b");
  const RealImage flat = golden_image(file, "img", "constant");
  const double range = file.number("range_of_target", "data_range");
  EXPECT_NEAR(range_of(a), range, 1e-15);
  const auto expect = [&](const char* in_case, double value) {
    const double expected = file.number(in_case, "mssim");
    EXPECT_NEAR(value, expected, 1e-11 * std::abs(expected)) << in_case;
  };
  expect("uniform7", ssim(a, b, 1));
  expect("gauss", ssim(a, b, 1, gaussian_window()));
  expect("uniform11_range2", ssim(a, b, 2, uniform_window(11)));
  expect("range_of_target", ssim(a, b, range));
  expect("self", ssim(a, a, 1));
  expect("vs_constant", ssim(a, flat, 1));
  expect("constant_self", ssim(flat, flat, 1));
}

TEST(Ssim, MapAgreesWithScikitImageInside) {
  // Theirs has the size of the images, by mirroring at the border; ours is that without the rim.
  const GoldenFile file("ssim");
  const RealImage a = golden_image(file, "img", "a"), b = golden_image(file, "img", "b");
  for (const auto& [in_case, window] :
       {std::pair<const char*, SsimWindow>{"uniform7", uniform_window()}, {"gauss", gaussian_window()}}) {
    const RealImage inside = trimmed(golden_image(file, in_case, "map"), static_cast<int>(window.weights.size() / 2));
    EXPECT_TRUE(fno::test::near_scaled(ssim_map(a, b, 1, window).values, inside.values, 1e-11)) << in_case;
  }
}

TEST(Ssim, RefusesWhatCannotBeCompared) {
  const RealImage image = filled_image(8, 6, 0.0), wide = filled_image(6, 8, 0.0);
  EXPECT_TRUE(throws_error(ErrorKind::config, "must have one size", [&] { static_cast<void>(ssim(image, wide, 1)); }));
  EXPECT_TRUE(throws_error(ErrorKind::config, "window of 7 x 7", [&] { static_cast<void>(ssim(image, image, 1)); }));
  EXPECT_TRUE(throws_error(ErrorKind::config, "must be odd", [] { static_cast<void>(uniform_window(8)); }));
}

TEST(MsSsim, OfOneLevelIsAPower) {
  // 12 x 12 halves to 6 x 6, shorter than the window: only the first level and its weight are left.
  const RealImage a = test::noise_image(12, 12, 1);
  RealImage b = a;
  for (double& v : b.values) v = 0.9 * v + 0.1;
  const double range = std::max(range_of(a), range_of(b));
  EXPECT_NEAR(ms_ssim(a, b), std::pow(ssim(a, b, range), 0.0448), 1e-12);
  EXPECT_NEAR(ms_ssim(b, a), ms_ssim(a, b), 1e-12);
}

TEST(MsSsim, OfFiveLevelsMultipliesThePowers) {
  const RealImage a = test::noise_image(112, 120, 2);
  RealImage b = test::noise_image(112, 120, 3, 0.2);
  for (std::size_t i = 0; i < b.values.size(); ++i) b.values[i] += a.values[i];
  const double range = std::max(range_of(a), range_of(b));
  double expected = 1;
  const double weights[] = {0.0448, 0.2856, 0.3001, 0.2363, 0.1333};
  for (int level = 0, step = 1; level < 5; ++level, step *= 2) {
    RealImage x{(112 + step - 1) / step, (120 + step - 1) / step, {}}, y = x;
    for (int r = 0; r < 112; r += step)
      for (int c = 0; c < 120; c += step) {
        x.values.push_back(a.at(r, c));
        y.values.push_back(b.at(r, c));
      }
    expected *= std::pow(ssim(x, y, range), weights[level]);
  }
  EXPECT_NEAR(ms_ssim(a, b), expected, 1e-12);
}

TEST(MsSsim, NegativeAndUndefinedLevelsCountAsTheRuleSays) {
  // Equal means, opposite structure.
  RealImage a = test::noise_image(12, 12, 4), opposite = a;
  for (double& v : a.values) v = 10 + v;
  for (double& v : opposite.values) v = 10 - v;
  ASSERT_LT(ssim(a, opposite, range_of(a)), 0);
  EXPECT_NEAR(ms_ssim(a, opposite), std::pow(1e-4, 0.0448), 1e-12);
  const RealImage flat = filled_image(12, 12, 0.0);  // no range, no spread: 0/0
  EXPECT_EQ(ms_ssim(flat, flat), 0);
}

}  // namespace
}  // namespace fno::ptychography
