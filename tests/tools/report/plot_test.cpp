#include "tools/report/plot.h"

#include <cmath>
#include <cstdio>
#include <gtest/gtest.h>
#include <set>
#include <utility>

#include "framework/error.h"
#include "tests/tools/report/markup_checker.h"
#include "tools/report/plot_style.h"

namespace fno::report {
namespace {

using test::count_of;
using test::markup_fault;

// The points of the last line drawn with class "line sN", runs concatenated, and how many runs there were. The
// legend's swatches have the same class and come first.
std::pair<std::vector<std::pair<double, double>>, int> line_points(const std::string& svg, int series) {
  std::pair<std::vector<std::pair<double, double>>, int> out{{}, 0};
  const std::string head = "<path class=\"line s" + std::to_string(series) + "\"";
  const std::size_t at = svg.rfind(head);
  if (at == std::string::npos) return out;
  const std::size_t from = svg.find(" d=\"", at) + 4;
  const std::string path = svg.substr(from, svg.find('"', from) - from);
  for (std::size_t i = 0; i < path.size(); ++i) {
    double x = 0, y = 0;
    if ((path[i] != 'M' && path[i] != 'L') || std::sscanf(path.c_str() + i + 1, "%lf %lf", &x, &y) != 2) continue;
    out.first.emplace_back(x, y);
    out.second += path[i] == 'M';
  }
  return out;
}

Plot two_lines() {
  return {.title = "Loss",
          .x_label = "epoch",
          .y_label = "relative L2",
          .series = {{"train", {4.0, 2.0, 1.0, 0.5, 0.25}}, {"validation", {5.0, 2.5, {}, 0.75, std::nan("")}}}};
}

TEST(SvgPlot, IsWellFormed) {
  EXPECT_EQ(markup_fault(render_plot(two_lines(), SvgTarget::page)), "");
  EXPECT_EQ(markup_fault(render_plot(two_lines(), SvgTarget::file)), "");
  EXPECT_EQ(markup_fault(render_plot_stack({two_lines(), two_lines()})), "");
}

TEST(SvgPlot, EscapesEveryTextItIsGiven) {
  const std::string evil = "<b>&\"'";
  Plot plot = two_lines();
  plot.title = plot.x_label = plot.y_label = plot.series[0].name = evil;
  plot.marks = {{2, evil}};
  const std::string svg = render_plot(plot, SvgTarget::page);
  EXPECT_EQ(markup_fault(svg), "");
  EXPECT_EQ(svg.find("<b>"), std::string::npos);
}

TEST(SvgPlot, DeclaresTheNamespaceInFilesOnly) {
  EXPECT_EQ(count_of(render_plot(two_lines(), SvgTarget::file), "xmlns="), 1u);
  EXPECT_EQ(count_of(render_plot(two_lines(), SvgTarget::page), "http"), 0u);
}

TEST(SvgPlot, PlacesLinearValuesInProportion) {
  const auto [points, runs] = line_points(render_plot({.series = {{"a", {0.0, 10.0, 5.0, 2.5}}}}, SvgTarget::page), 0);
  ASSERT_EQ(points.size(), 4u);
  EXPECT_EQ(runs, 1);
  const double unit = (points[0].second - points[1].second) / 10;  // y grows downwards in SVG
  EXPECT_GT(unit, 0);
  EXPECT_NEAR(points[0].second - points[2].second, 5 * unit, 0.11);
  EXPECT_NEAR(points[0].second - points[3].second, 2.5 * unit, 0.11);
  EXPECT_NEAR(points[1].first - points[0].first, points[3].first - points[2].first, 0.11);
}

TEST(SvgPlot, PlacesDecadesAtEqualDistances) {
  Plot plot{.series = {{"a", {1e-3, 1e-2, 1e-1, 1.0}}}, .y_scale = YScale::logarithmic};
  const auto [points, runs] = line_points(render_plot(plot, SvgTarget::page), 0);
  ASSERT_EQ(points.size(), 4u);
  const double decade = points[0].second - points[1].second;
  EXPECT_GT(decade, 20);
  EXPECT_NEAR(points[1].second - points[2].second, decade, 0.11);
  EXPECT_NEAR(points[2].second - points[3].second, decade, 0.11);
}

TEST(SvgPlot, TakesItsXFromTheSeries) {
  Plot plot{.series = {{"a", {1.0, 2.0, 3.0}, {0.0, 1.0, 10.0}}}};
  const auto [points, runs] = line_points(render_plot(plot, SvgTarget::page), 0);
  ASSERT_EQ(points.size(), 3u);
  EXPECT_NEAR((points[2].first - points[0].first) / (points[1].first - points[0].first), 10, 0.05);
}

TEST(SvgPlot, BreaksTheLineAtGapsAndKeepsLonePoints) {
  const double nan = std::nan(""), inf = INFINITY;
  const Plot plot{.series = {{"a", {1.0, 2.0, {}, 3.0, nan, 4.0, 5.0, inf, -1.0}}}};
  const std::string svg = render_plot(plot, SvgTarget::page);
  const auto [points, runs] = line_points(svg, 0);
  EXPECT_EQ(runs, 2);  // 1 2 and 4 5
  EXPECT_EQ(points.size(), 4u);
  EXPECT_EQ(count_of(svg, "<circle class=\"dot s0\""), 2u);  // 3 and -1
  EXPECT_EQ(count_of(svg, "nan\""), 0u);
  EXPECT_EQ(count_of(svg, "inf\""), 0u);
}

TEST(SvgPlot, MakesGapsOfWhatHasNoLogarithm) {
  Plot plot{.series = {{"a", {1.0, 0.1, 0.0, -1.0, 0.01, 0.001}}}, .y_scale = YScale::logarithmic};
  EXPECT_EQ(line_points(render_plot(plot, SvgTarget::page), 0).second, 2);
  plot.series[0].y = {-1.0, -2.0};  // nothing to take a logarithm of: linear
  EXPECT_EQ(line_points(render_plot(plot, SvgTarget::page), 0).first.size(), 2u);
}

TEST(SvgPlot, ChoosesTheLogarithmForPositiveValuesOfWideSpan) {
  const auto logarithmic = [](Curve y) {
    const Plot plot{.y_label = "loss", .series = {{"a", std::move(y)}}, .y_scale = YScale::automatic};
    return count_of(render_plot(plot, SvgTarget::page), "(log scale)") == 1;
  };
  EXPECT_TRUE(logarithmic({0.01, 0.5}));
  EXPECT_FALSE(logarithmic({0.1, 0.5}));
  EXPECT_FALSE(logarithmic({-0.01, 0.01, 0.5}));
  EXPECT_FALSE(logarithmic({0.0, 0.01, 0.5}));
}

TEST(SvgPlot, ShowsAllSeriesOnHovering) {
  const std::string svg = render_plot(two_lines(), SvgTarget::page);
  EXPECT_NE(svg.find("<title>epoch 2\ntrain: 2\nvalidation: 2.5</title>"), std::string::npos);
  EXPECT_NE(svg.find("<title>epoch 3\ntrain: 1\nvalidation: none</title>"), std::string::npos);
  EXPECT_NE(svg.find("<title>epoch 5\ntrain: 0.25\nvalidation: NaN</title>"), std::string::npos);
}

TEST(SvgPlot, DrawsMarksInsideTheAxisOnly) {
  Plot plot = two_lines();
  plot.marks = {{3, "best"}, {17, "beyond"}};
  const std::string svg = render_plot(plot, SvgTarget::page);
  EXPECT_EQ(count_of(svg, ">best</text>"), 1u);
  EXPECT_EQ(count_of(svg, ">beyond</text>"), 0u);
  const std::size_t at = svg.find("class=\"mark\" d=\"M") + 17;
  EXPECT_NEAR(std::stod(svg.substr(at)), line_points(svg, 0).first[2].first, 0.11);  // where epoch 3 is
}

TEST(SvgPlot, SurvivesPlotsWithoutValues) {
  for (const Plot& plot : {Plot{}, Plot{.series = {{"a", {}}}}, Plot{.series = {{"a", {{}, std::nan("")}}}}}) {
    const std::string svg = render_plot(plot, SvgTarget::page);
    EXPECT_EQ(markup_fault(svg), "");
    EXPECT_EQ(count_of(svg, ">no values</text>"), 1u);
    EXPECT_EQ(count_of(svg, "nan"), 0u);
  }
}

TEST(SvgPlot, DrawsConstantsAndSinglePoints) {
  for (const double value : {0.0, 3.0, -1e-9, 1e12}) {
    const std::string svg = render_plot({.series = {{"a", {value, value, value}}}}, SvgTarget::page);
    const auto [points, runs] = line_points(svg, 0);
    ASSERT_EQ(points.size(), 3u) << value;
    EXPECT_EQ(points[0].second, points[2].second);
    EXPECT_GT(points[0].second, 10);
    EXPECT_LT(points[0].second, 350);
    EXPECT_EQ(count_of(svg, "nan"), 0u);
  }
  EXPECT_EQ(count_of(render_plot({.series = {{"a", {3.0}}}}, SvgTarget::page), "<circle"), 1u);
}

TEST(SvgPlot, ThinsLongCurvesButKeepsTheirPeaks) {
  Curve y(100000, 1.0);
  y[61234] = 9.0;
  y[61235] = -7.0;
  const std::string svg = render_plot({.series = {{"a", y}}}, SvgTarget::page);
  EXPECT_LT(svg.size(), 120000u);
  const auto [points, runs] = line_points(svg, 0);
  double top = 1e9, bottom = 0;
  for (const auto& [x, at] : points) {
    top = std::min(top, at);
    bottom = std::max(bottom, at);
  }
  const double level = points.front().second;  // of 1; 9 stands 8 units above, -7 as many below
  EXPECT_GT(level - top, 100);
  EXPECT_NEAR(level - top, bottom - level, 0.2);
}

TEST(SvgPlot, TellsThirtySeriesApart) {
  std::set<std::string> styles;
  for (std::size_t i = 0; i < 30; ++i) styles.insert(std::to_string(i % kLineColors) + dash_attribute(i));
  EXPECT_EQ(styles.size(), 30u);
}

TEST(SvgPlot, StylesEveryLineColourInBothThemes) {
  const std::string css = plot_css();
  const std::size_t dark = css.find("@media (prefers-color-scheme:dark)");
  ASSERT_NE(dark, std::string::npos);
  for (std::size_t i = 0; i < kLineColors; ++i) {
    const std::string rule = ".plot .line.s" + std::to_string(i) + "{stroke:#";
    const std::size_t first = css.find(rule), second = css.find(rule, dark);
    ASSERT_LT(first, dark);
    ASSERT_NE(second, std::string::npos);
    EXPECT_NE(css.substr(first, rule.size() + 6), css.substr(second, rule.size() + 6));
  }
  EXPECT_EQ(count_of(css, "{"), count_of(css, "}"));
}

TEST(SvgPlot, LimitsOfYCutTheLineWhereItLeavesThem) {
  Plot plot{.series = {{"a", {0.5, 2.5, 0.5, 0.5}}}};
  plot.y_limits = Limits{0, 1};
  const auto [points, runs] = line_points(render_plot(plot, SvgTarget::page), 0);
  ASSERT_EQ(points.size(), 5u);  // up to 1, back from 1, and level
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(points[1].second, points[2].second);
  const double step = points[4].first - points[3].first;
  EXPECT_NEAR(points[1].first - points[0].first, step / 4, 0.11);  // from 0.5 to 1 of 0.5 to 2.5
  EXPECT_NEAR(points[3].first - points[2].first, step / 4, 0.11);
  plot.series[0].y = {-3.0, 0.25, 7.0};  // enters and leaves between its points
  EXPECT_EQ(line_points(render_plot(plot, SvgTarget::page), 0).first.size(), 3u);
}

// Rows and columns in which a colour stands.
struct Box {
  int left = 1 << 20, right = -1, top = 1 << 20, bottom = -1, count = 0;
};

Box box_of(const Image& image, Rgb color) {
  Box box;
  for (int y = 0; y < image.height; ++y)
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

// The picture has every line where the SVG has it, at two pixels a unit.
TEST(RasterPlot, DrawsTheLayoutOfTheSvg) {
  const Plot plot{.title = "t", .series = {{"a", {0.0, 10.0}}}};
  const auto [points, runs] = line_points(render_plot(plot, SvgTarget::page), 0);
  const Image image = draw_plot_stack({plot});
  EXPECT_EQ(image.width, 2 * plot.width);
  EXPECT_EQ(image.height, 2 * plot.height);
  const Box line = box_of(image, palette(Theme::light).lines[0]);
  EXPECT_NEAR(line.left, 2 * points[0].first, 2.5);
  EXPECT_NEAR(line.right, 2 * points[1].first, 2.5);
  EXPECT_NEAR(line.bottom, 2 * points[0].second, 2.5);
  EXPECT_NEAR(line.top, 2 * points[1].second, 2.5);
  EXPECT_GT(box_of(image, palette(Theme::light).ink).count, 20);  // the title
  const Image two = draw_plot_stack({plot, plot});
  EXPECT_EQ(two.height, 2 * image.height);
  EXPECT_EQ(box_of(two, palette(Theme::light).lines[0]).count, 2 * line.count);
}

TEST(RasterPlot, DashesLeaveGapsAndLonePointsShow) {
  Plot plot{.series = {{"a", {1.0, 1.0}}, {"b", {0.5, 0.5}}}};
  const Image image = draw_plot_stack({plot});
  const Box solid = box_of(image, palette(Theme::light).lines[0]),
            dashed = box_of(image, palette(Theme::light).lines[1]);
  // 7 of 10 units, each dash longer by the thickness of the pen.
  EXPECT_NEAR(static_cast<double>(dashed.count) / solid.count, 0.85, 0.1);
  EXPECT_GT(box_of(draw_plot_stack({{.series = {{"a", {3.0}}}}}), palette(Theme::light).lines[0]).count, 100);
}

TEST(SvgPlot, RefusesSeriesWhoseSizesDisagree) {
  try {
    (void)render_plot({.title = "T", .series = {{"a", {1.0, 2.0}, {1.0}}}}, SvgTarget::page);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::config);
    EXPECT_STREQ(error.what(), "plot 'T': series 'a' has 1 x and 2 y values, they must be equally many");
  }
}

}  // namespace
}  // namespace fno::report
