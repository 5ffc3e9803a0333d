#include "tools/report/sample_picture.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <numbers>

#include "framework/error.h"
#include "tests/support/expect_error.h"
#include "tests/tools/report/markup_checker.h"
#include "tools/report/panel_grid.h"

namespace fno::report {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

std::vector<Panel> four_panels() {
  return {{PanelRole::input, "input", {2, 2, {-9, 0, 1, 2}}},
          {PanelRole::truth, "truth", {2, 2, {0, 1, 2, 3}}},
          {PanelRole::prediction, "prediction", {2, 2, {-1, kNan, 2, 2.5f}}},
          {PanelRole::error, "absolute error", {2, 2, {1, kNan, 0.25f, 0.5f}}}};
}

TEST(PanelLimits, AreSharedByTruthAndPredictionOnly) {
  const auto limits = panel_limits(four_panels());
  EXPECT_EQ(limits[0], (Limits{-9, 2}));
  EXPECT_EQ(limits[1], (Limits{-1, 3}));
  EXPECT_EQ(limits[2], (Limits{-1, 3}));
  EXPECT_EQ(limits[3], (Limits{0, 1}));  // an error is measured from zero
}

TEST(PanelLimits, AreSharedWithinAQuantity) {
  std::vector<Panel> panels = four_panels();
  panels[1].quantity = panels[2].quantity = "amplitude";
  panels.push_back({PanelRole::truth, "truth", {1, 2, {100, 200}}, "phase"});
  panels.push_back({PanelRole::prediction, "prediction", {1, 2, {150, 250}}, "phase"});
  const auto limits = panel_limits(panels);
  EXPECT_EQ(limits[1], (Limits{-1, 3}));
  EXPECT_EQ(limits[2], (Limits{-1, 3}));
  EXPECT_EQ(limits[4], (Limits{100, 250}));
  EXPECT_EQ(limits[5], (Limits{100, 250}));
}

TEST(PanelLimits, StaySharedWhenGivenOnOneSideOrOnBoth) {
  std::vector<Panel> panels = four_panels();
  panels[2].limits = Limits{-5, 5};
  EXPECT_EQ(panel_limits(panels)[1], (Limits{-5, 5}));
  EXPECT_EQ(panel_limits(panels)[2], (Limits{-5, 5}));
  panels[1].limits = Limits{-4, 4};
  EXPECT_EQ(panel_limits(panels)[1], (Limits{-4, 4}));
  EXPECT_EQ(panel_limits(panels)[2], (Limits{-4, 4}));
  EXPECT_EQ(panel_limits(panels)[0], (Limits{-9, 2}));
}

TEST(PanelLimits, SuitTheColormap) {
  Panel phase{PanelRole::truth, "phase", {1, 2, {0.5f, 1}}}, change{PanelRole::error, "change", {1, 2, {-3, 1}}};
  phase.colormap = Colormap::twilight;
  change.colormap = Colormap::diverging;
  const auto limits = panel_limits({phase, change});
  EXPECT_EQ(limits[0], (Limits{-std::numbers::pi, std::numbers::pi}));
  EXPECT_EQ(limits[1], (Limits{-3, 3}));
}

TEST(PanelLimits, SurviveFieldsWithoutFiniteValues) {
  const auto limits = panel_limits({{PanelRole::truth, "truth", {1, 1, {kNan}}}});
  EXPECT_EQ(limits[0], (Limits{0, 0}));
}

TEST(PanelGrid, DrawsImageAndLimitsOfEveryPanel) {
  Field image{320, 320, std::vector<float>(320 * 320, 0.0f)};
  for (std::size_t r = 0; r < 320; ++r) image.values[r * 320 + 319] = 1;
  const GridPanel panel{"a", "b", image, Colormap::viridis, {0, 1}};
  const Image one = draw_panel_grid("", {{panel}}), four = draw_panel_grid("", {{panel, panel}, {panel, panel}});
  EXPECT_EQ(four.width, 2 * one.width - 20);
  EXPECT_EQ(four.height, 2 * one.height - 20);
  // Column 319 of the image is the last of the panel, 20 pixels from the edge of the picture.
  const Rgb last = color_at(Colormap::viridis, 1), first = color_at(Colormap::viridis, 0);
  EXPECT_EQ(one.at(one.width - 21, one.height / 2), last);
  EXPECT_EQ(one.at(20, one.height / 2), first);
  EXPECT_TRUE(
      fno::test::throws_error(ErrorKind::config, "no panels", [] { static_cast<void>(draw_panel_grid("x", {})); }));
}

TEST(ComposeStrip, ShowsThePanelsSideBySideInOrder) {
  const Image strip = compose_strip({"Sample", "", four_panels()});
  // Halfway down the pictures, in the top left value's quarter of each: one colour a panel, left to right.
  std::vector<Rgb> seen;
  const int y = strip.height / 3;
  for (int x = 0; x < strip.width; ++x) {
    const Rgb c = strip.at(x, y);
    if (c == Rgb{255, 255, 255}) continue;
    if (seen.empty() || !(seen.back() == c)) seen.push_back(c);
  }
  // Each panel shows its first row here: two colours.
  const std::vector<Rgb> expected = {
      color_at(Colormap::viridis, 0),    color_at(Colormap::viridis, 9 / 11.0),  // input -9 0 of -9 … 2
      color_at(Colormap::viridis, 0.25), color_at(Colormap::viridis, 0.5),       // truth 0 1 of -1 … 3
      color_at(Colormap::viridis, 0),    Rgb{128, 128, 128},                     // prediction -1 NaN
      color_at(Colormap::magma, 1),      Rgb{128, 128, 128}};                    // error 1 NaN of 0 … 1
  EXPECT_EQ(seen, expected);
}

TEST(SampleHtml, EmbedsOnePngAPanelAndPrintsTheLimits) {
  Sample sample{"Sample <0>", "a & b", four_panels()};
  sample.panels[3].note = "relative L2 < 1";
  const std::string html = sample_html(sample);
  EXPECT_EQ(test::markup_fault(html, {"img"}), "");
  EXPECT_EQ(test::count_of(html, "src=\"data:image/png;base64,iVBORw0KGgo"), 4u);  // the signature of PNG
  EXPECT_EQ(test::count_of(html, "<span>-1</span><span>1</span><span>3</span>"), 2u);
  EXPECT_EQ(test::count_of(html, "1 not finite (grey)"), 2u);
  EXPECT_EQ(test::count_of(html, "relative L2 &lt; 1"), 1u);
}

TEST(SampleCurves, DrawOneDimensionalSamples) {
  Sample sample{"Burgers",
                "",
                {{PanelRole::input, "u0", {1, 3, {1, 2, 3}}},
                 {PanelRole::truth, "truth", {1, 3, {4, 5, 6}}},
                 {PanelRole::prediction, "prediction", {1, 3, {4, kNan, 7}}},
                 {PanelRole::error, "absolute error", {1, 3, {0, kNan, 1}}}}};
  sample.x = {0, 0.5, 1};
  ASSERT_TRUE(is_one_dimensional(sample));
  const std::vector<Plot> plots = sample_curves(sample);
  ASSERT_EQ(plots.size(), 3u);
  EXPECT_EQ(plots[0].title, "input: u0");
  ASSERT_EQ(plots[1].series.size(), 2u);
  EXPECT_EQ(plots[1].series[0].name, "truth");
  EXPECT_EQ(plots[1].series[0].y, (Curve{4.0, 5.0, 6.0}));
  EXPECT_EQ(plots[1].series[1].y[2], 7.0);
  EXPECT_EQ(plots[1].series[1].x, (std::vector<double>{0, 0.5, 1}));
  EXPECT_EQ(plots[2].title, "absolute error");
  EXPECT_EQ(test::markup_fault(sample_html(sample)), "");

  sample.x = {0, 1};
  EXPECT_THROW((void)sample_curves(sample), Error);
  EXPECT_FALSE(is_one_dimensional({"2-D", "", four_panels()}));
}

}  // namespace
}  // namespace fno::report
