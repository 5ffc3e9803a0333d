#include "tools/report/colormap.h"

#include <cmath>
#include <cstdlib>
#include <gtest/gtest.h>

namespace fno::report {
namespace {

// CIE lightness L* (0 to 100) of an sRGB colour, from its definition (IEC 61966-2-1 and CIE 15).
double lightness(Rgb c) {
  const auto linear = [](double v) { return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4); };
  const double y = 0.2126 * linear(c.r / 255.0) + 0.7152 * linear(c.g / 255.0) + 0.0722 * linear(c.b / 255.0);
  return y > 216.0 / 24389 ? 116 * std::cbrt(y) - 16 : y * 24389.0 / 27;
}

void expect_close(Rgb a, Rgb b, int tolerance) {
  EXPECT_LE(std::abs(a.r - b.r), tolerance);
  EXPECT_LE(std::abs(a.g - b.g), tolerance);
  EXPECT_LE(std::abs(a.b - b.b), tolerance);
}

TEST(Colormap, AgreesWithMatplotlib) {
  // Entries of matplotlib's own tables (viridis and magma have 256, twilight 510), times 255.
  struct Entry {
    Colormap map;
    double t;
    Rgb color;
  };
  const Entry entries[] = {
      {Colormap::viridis, 0, {68, 1, 84}},
      {Colormap::viridis, 51 / 255.0, {65, 68, 135}},
      {Colormap::viridis, 128 / 255.0, {33, 145, 140}},
      {Colormap::viridis, 170 / 255.0, {53, 183, 121}},
      {Colormap::viridis, 1, {253, 231, 37}},
      {Colormap::magma, 0, {0, 0, 4}},
      {Colormap::magma, 85 / 255.0, {114, 31, 129}},
      {Colormap::magma, 170 / 255.0, {241, 96, 93}},
      {Colormap::magma, 1, {252, 253, 191}},
      {Colormap::twilight, 0, {226, 217, 226}},
      {Colormap::twilight, 102 / 509.0, {109, 144, 192}},
      {Colormap::twilight, 340 / 509.0, {142, 44, 80}},
  };
  for (const Entry& entry : entries) {
    SCOPED_TRACE(entry.t);
    expect_close(color_at(entry.map, entry.t), entry.color, 2);
  }
}

TEST(Colormap, ViridisAndMagmaGrowLighterAllTheWay) {
  for (const Colormap map : {Colormap::viridis, Colormap::magma})
    for (int i = 1; i <= 64; ++i)
      EXPECT_GT(lightness(color_at(map, i / 64.0)), lightness(color_at(map, (i - 1) / 64.0))) << i;
}

TEST(Colormap, TwilightIsCyclic) { EXPECT_EQ(color_at(Colormap::twilight, 0), color_at(Colormap::twilight, 1)); }

TEST(Colormap, DivergingIsBalanced) {
  const Rgb middle = color_at(Colormap::diverging, 0.5);
  expect_close(middle, {middle.g, middle.g, middle.g}, 1);
  EXPECT_GT(lightness(middle), 94);
  const Rgb low = color_at(Colormap::diverging, 0), high = color_at(Colormap::diverging, 1);
  EXPECT_GT(low.b, low.r + 60);
  EXPECT_GT(high.r, high.b + 60);
  for (int i = 1; i <= 32; ++i) {
    const double below = lightness(color_at(Colormap::diverging, 0.5 - i / 64.0));
    const double above = lightness(color_at(Colormap::diverging, 0.5 + i / 64.0));
    EXPECT_NEAR(below, above, 4) << i;  // OKLCH lightness, equal by design, and L* differ by hue
    EXPECT_LT(below, lightness(color_at(Colormap::diverging, 0.5 - (i - 1) / 64.0)));
  }
}

TEST(Colormap, ClampsOutsideValues) {
  for (const Colormap map : {Colormap::viridis, Colormap::magma, Colormap::twilight, Colormap::diverging}) {
    EXPECT_EQ(color_at(map, -1e30), color_at(map, 0));
    EXPECT_EQ(color_at(map, 1e30), color_at(map, 1));
    EXPECT_EQ(color_at(map, 0), control_points(map).front());
    EXPECT_EQ(color_at(map, 1), control_points(map).back());
  }
}

}  // namespace
}  // namespace fno::report
