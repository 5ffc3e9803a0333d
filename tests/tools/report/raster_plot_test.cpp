#include "tools/report/raster_plot.h"

#include <cmath>
#include <gtest/gtest.h>

#include "tests/support/expect_error.h"

namespace fno::report {
namespace {

constexpr Rgb kFirstLine{0, 114, 178}, kSecondLine{213, 94, 0};

// Rows and columns in which a colour stands.
struct Box {
  int left = 1 << 20, right = -1, top = 1 << 20, bottom = -1, count = 0;
};

Box box_of(const Image& image, Rgb color, int below = 0) {
  Box box;
  for (int y = below; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x)
      if (image.at(x, y) == color) {
        box.left = std::min(box.left, x);
        box.right = std::max(box.right, x);
        box.top = std::min(box.top, y);
        box.bottom = std::max(box.bottom, y);
        ++box.count;
      }
  return box;
}

Plot one_line(const Curve& y) { return {.title = "t", .series = {{"a", y, {}}}, .width = 600, .height = 400}; }

TEST(DrawLine, GoesFromEndToEnd) {
  Image image(20, 10);
  draw_line(image, 2, 8, 17, 1, 1, {255, 0, 0});
  const Box box = box_of(image, {255, 0, 0});
  EXPECT_EQ(box.left, 2);
  EXPECT_EQ(box.right, 17);
  EXPECT_EQ(box.top, 1);
  EXPECT_EQ(box.bottom, 8);
  EXPECT_EQ(box.count, 16);
  EXPECT_EQ(image.at(2, 8), (Rgb{255, 0, 0}));
  draw_line(image, -50, -50, 90, 90, 3, {0, 255, 0});  // cut off, not out of bounds
  EXPECT_EQ(image.at(5, 5), (Rgb{0, 255, 0}));
}

TEST(RasterPlot, LimitsOfYFixTheScale) {
  // Between limits 0 … 1, values 0.25 and 0.75 stand at a quarter and three quarters whatever else there is.
  const Box low = box_of(render_plot_raster(one_line({0.25, 0.25}), Limits{0, 1}), kFirstLine);
  const Box high = box_of(render_plot_raster(one_line({0.75, 0.75}), Limits{0, 1}), kFirstLine);
  const Box full = box_of(render_plot_raster(one_line({0, 1}), Limits{0, 1}), kFirstLine);
  EXPECT_NEAR(low.top - high.top, (full.bottom - full.top) / 2.0, 2);
  EXPECT_NEAR(full.bottom - low.bottom, (full.bottom - full.top) / 4.0, 2);
  EXPECT_LE(low.bottom - low.top, 1);  // a level line, two pixels thick
  EXPECT_EQ(low.left, full.left);
  EXPECT_EQ(low.right, full.right);
}

TEST(RasterPlot, CutsOffBeyondTheLimits) {
  const Box cut = box_of(render_plot_raster(one_line({0.5, 5}), Limits{0, 1}), kFirstLine);
  const Box full = box_of(render_plot_raster(one_line({0.5, 1}), Limits{0, 1}), kFirstLine);
  EXPECT_NEAR(cut.top, full.top, 1);
  EXPECT_LT(cut.right, full.right - 200);
}

TEST(RasterPlot, GapsStayOpenAndDashesDiffer) {
  const Box whole = box_of(render_plot_raster(one_line({1, 1, 1, 1, 1}), Limits{0, 2}), kFirstLine);
  const Box gap = box_of(render_plot_raster(one_line({1, 1, {}, 1, 1}), Limits{0, 2}), kFirstLine);
  const Box nan = box_of(render_plot_raster(one_line({1, 1, std::nan(""), 1, 1}), Limits{0, 2}), kFirstLine);
  EXPECT_NEAR(gap.count, whole.count / 2.0, 8);
  EXPECT_EQ(nan.count, gap.count);
  Plot two = one_line({1, 1});
  two.series.push_back({"b", {0.5, 0.5}, {}});
  const Image image = render_plot_raster(two, Limits{0, 2});
  const int under_legend = 100;
  const Box solid = box_of(image, kFirstLine, under_legend), dashed = box_of(image, kSecondLine, under_legend);
  EXPECT_GT(dashed.top, solid.bottom);
  // 10 of 15 pixels, each dash longer by the thickness of the pen.
  EXPECT_NEAR(static_cast<double>(dashed.count) / solid.count, 11.0 / 15, 0.1);
}

TEST(RasterPlot, DrawsWhatItIsGiven) {
  EXPECT_EQ(render_plot_raster({.width = 300, .height = 200}).height, 200);   // nothing at all
  EXPECT_GT(box_of(render_plot_raster(one_line({3})), kFirstLine).count, 0);  // one point
  Plot log = one_line({1e-3, 1});
  log.y_scale = YScale::logarithmic;
  EXPECT_GT(box_of(render_plot_raster(log), kFirstLine).count, 0);
  Plot bad = one_line({1, 2});
  bad.series[0].x = {1};
  EXPECT_TRUE(test::throws_error(ErrorKind::config, "must be equally many",
                                 [&] { static_cast<void>(render_plot_raster(bad)); }));
}

}  // namespace
}  // namespace fno::report
