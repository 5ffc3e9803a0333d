#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "tools/report/bitmap_text.h"
#include "tools/report/plot.h"
#include "tools/report/plot_layout.h"
#include "tools/report/plot_style.h"

namespace fno::report {
namespace {

constexpr int kScale = 2;  // pixels a unit, and of a letter's squares
constexpr int kAscent = 7 * kScale;

void fill_square(Image& image, double x, double y, int side, Rgb color) {
  const int left = static_cast<int>(std::lround(x)) - (side - 1) / 2;
  const int top = static_cast<int>(std::lround(y)) - (side - 1) / 2;
  for (int row = std::max(0, top); row < std::min(image.height, top + side); ++row)
    for (int column = std::max(0, left); column < std::min(image.width, left + side); ++column)
      image.set(column, row, color);
}

// Whether a dashed line has ink that far from its start; all in units of the drawing.
bool has_ink(const std::vector<double>& lengths, double at) {
  double period = 0;
  for (const double length : lengths) period += length;
  if (period == 0) return true;
  at = std::fmod(at, period);
  std::size_t i = 0;
  for (; at >= lengths[i]; ++i) at -= lengths[i];
  return i % 2 == 0;
}

void draw_run(Image& image, const std::vector<Point>& run, double top, int side, Rgb color,
              const std::vector<double>& lengths) {
  double gone = 0;
  for (std::size_t i = 1; i < run.size(); ++i) {
    const Point from = run[i - 1], to = run[i];
    const double length = std::hypot(to.x - from.x, to.y - from.y);
    const int steps = std::max(1, static_cast<int>(std::ceil(2 * kScale * length)));
    for (int k = 0; k <= steps; ++k) {
      const double t = static_cast<double>(k) / steps;
      if (has_ink(lengths, gone + t * length))
        fill_square(image, kScale * (from.x + t * (to.x - from.x)), kScale * (top + from.y + t * (to.y - from.y)), side,
                    color);
    }
    gone += length;
  }
}

void draw_stroke(Image& image, const Stroke& stroke, double top) {
  static const std::vector<double> kMark{3, 3}, kSolid;
  const Palette& p = palette(Theme::light);
  const bool line = stroke.ink == Ink::line;
  const Rgb color = line ? p.lines[stroke.series % kLineColors] : stroke.ink == Ink::grid ? p.grid : p.axis;
  const std::vector<double>& lengths = line ? dashes(stroke.series) : stroke.ink == Ink::mark ? kMark : kSolid;
  for (const auto& run : stroke.runs) {
    if (line && run.size() == 1)
      fill_square(image, kScale * run[0].x, kScale * (top + run[0].y), 6 * kScale, color);
    else
      draw_run(image, run, top, line ? 2 * kScale : kScale, color, lengths);
  }
}

void draw_label(Image& image, const Label& label, double top) {
  const Palette& p = palette(Theme::light);
  const Rgb color = label.style == LetterStyle::muted ? p.muted : p.ink;
  const int width = text_width(label.text, kScale);
  const int before = label.anchor == Anchor::start ? 0 : label.anchor == Anchor::end ? width : width / 2;
  const int x = static_cast<int>(std::lround(kScale * label.at.x));
  const int y = static_cast<int>(std::lround(kScale * (top + label.at.y)));
  if (!label.upwards) return draw_text(image, x - before, y - kAscent, label.text, kScale, color);
  Image lying(std::max(1, width), text_height(kScale));
  draw_text(lying, 0, 0, label.text, kScale, color);
  for (int row = 0; row < lying.height; ++row)
    for (int column = 0; column < lying.width; ++column)
      if (lying.at(column, row) == color) fill_square(image, x - kAscent + row, y + before - column, 1, color);
}

}  // namespace

Image draw_plot_stack(const std::vector<Plot>& plots) {
  int width = 1, height = 0;
  for (const Plot& plot : plots) {
    width = std::max(width, plot.width);
    height += plot.height;
  }
  Image image(kScale * width, kScale * std::max(height, 1));
  double top = 0;
  for (const Plot& plot : plots) {
    const PlotLayout layout = lay_out(plot);
    for (const Stroke& stroke : layout.strokes) draw_stroke(image, stroke, top);
    for (const Label& label : layout.labels) draw_label(image, label, top);
    top += plot.height;
  }
  return image;
}

}  // namespace fno::report
