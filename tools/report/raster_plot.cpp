#include "tools/report/raster_plot.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

#include "framework/error.h"
#include "tools/report/bitmap_text.h"
#include "tools/report/plot_axis.h"
#include "tools/report/plot_style.h"
#include "tools/report/ticks.h"

namespace fno::report {
namespace {

constexpr int kTextScale = 2, kGap = 10, kThickness = 2;
constexpr double kSwatch = 44;
constexpr Rgb kInk{28, 33, 40}, kMuted{87, 96, 106}, kGrid{228, 231, 235}, kAxisColor{139, 148, 158};
// The light palette and the dashes of plot_style, in pixels.
constexpr std::array<Rgb, kLineColors> kLines{
    {{0, 114, 178}, {213, 94, 0}, {0, 128, 92}, {168, 64, 143}, {90, 95, 102}, {168, 116, 0}}};
const std::array<std::vector<double>, 5> kDashes{{{}, {10, 5}, {4, 4}, {12, 4, 3, 4}, {20, 6}}};

// A pen that lifts by the pattern of the series' dashes, along the way that it has gone.
class Pen {
 public:
  Pen(Image& image, std::size_t series, double top, double bottom)
      : image_(image),
        color_(kLines[series % kLines.size()]),
        dashes_(kDashes[series % kDashes.size()]),
        top_(top),
        bottom_(bottom) {}

  void line(Point from, Point to) {
    const double length = std::hypot(to.x - from.x, to.y - from.y);
    const int steps = std::max(1, static_cast<int>(std::ceil(2 * length)));
    for (int i = 0; i <= steps; ++i) {
      const double t = static_cast<double>(i) / steps;
      if (down(gone_ + t * length)) dot(from.x + t * (to.x - from.x), from.y + t * (to.y - from.y));
    }
    gone_ += length;
  }

 private:
  [[nodiscard]] bool down(double at) const {
    double period = 0;
    for (const double d : dashes_) period += d;
    if (period == 0) return true;
    at = std::fmod(at, period);
    bool ink = true;
    for (const double d : dashes_) {
      if (at < d) return ink;
      at -= d;
      ink = !ink;
    }
    return ink;
  }

  void dot(double x, double y) {
    if (y >= top_ && y <= bottom_) draw_line(image_, x, y, x, y, kThickness, color_);
  }

  Image& image_;
  Rgb color_;
  const std::vector<double>& dashes_;
  double top_, bottom_, gone_ = 0;
};

Axis y_axis_between(const Plot& plot, Limits limits) {
  Axis axis{.low = limits.low, .high = limits.high};
  axis.ticks = linear_ticks(axis.low, axis.high, std::max(2, plot.height / 60));
  axis.labels = linear_labels(axis.ticks);
  return axis;
}

// Draws the names of the series under the title, or only measures them. Returns the height they take.
int legend(Image* image, const Plot& plot, const Axis& x, int top) {
  if (plot.series.size() < 2) return 0;
  const int line = text_height(kTextScale) + 4;
  double at = x.from;
  int y = top;
  for (std::size_t i = 0; i < plot.series.size(); ++i) {
    const double width = kSwatch + 8 + text_width(plot.series[i].name, kTextScale) + 20;
    if (at > x.from && at + width > x.to) {
      at = x.from;
      y += line;
    }
    if (image != nullptr) {
      const double middle = y + 7;
      Pen(*image, i, 0, image->height).line({at, middle}, {at + kSwatch, middle});
      draw_text(*image, static_cast<int>(at + kSwatch) + 8, y, plot.series[i].name, kTextScale, kInk);
    }
    at += width;
  }
  return y + line - top;
}

void draw_axes(Image& image, const Plot& plot, const Axis& x, const Axis& y) {
  const int letter = text_height(kTextScale);
  for (std::size_t i = 0; i < y.ticks.size(); ++i) {
    const double at = y.place(y.ticks[i]);
    draw_line(image, x.from, at, x.to, at, 1, kGrid);
    draw_text(image, static_cast<int>(x.from) - kGap - text_width(y.labels[i], kTextScale),
              static_cast<int>(at) - letter / 2 + 2, y.labels[i], kTextScale, kMuted);
  }
  for (std::size_t i = 0; i < x.ticks.size(); ++i) {
    const double at = x.place(x.ticks[i]);
    draw_line(image, at, y.from, at, y.from + 6, 1, kAxisColor);
    draw_text(image, static_cast<int>(at) - text_width(x.labels[i], kTextScale) / 2, static_cast<int>(y.from) + kGap,
              x.labels[i], kTextScale, kMuted);
  }
  draw_line(image, x.from, y.from, x.from, y.to, 1, kAxisColor);
  draw_line(image, x.from, y.from, x.to, y.from, 1, kAxisColor);
  draw_text(image, static_cast<int>((x.from + x.to) / 2) - text_width(plot.x_label, kTextScale) / 2,
            static_cast<int>(y.from) + kGap + letter + 4, plot.x_label, kTextScale, kInk);
}

}  // namespace

void draw_line(Image& image, double x0, double y0, double x1, double y1, int thickness, Rgb color) {
  const int steps = std::max(1, static_cast<int>(std::ceil(std::max(std::abs(x1 - x0), std::abs(y1 - y0)))));
  for (int i = 0; i <= steps; ++i) {
    const double t = static_cast<double>(i) / steps;
    const int left = static_cast<int>(std::lround(x0 + t * (x1 - x0))) - (thickness - 1) / 2;
    const int top = static_cast<int>(std::lround(y0 + t * (y1 - y0))) - (thickness - 1) / 2;
    for (int y = std::max(0, top); y < std::min(image.height, top + thickness); ++y)
      for (int x = std::max(0, left); x < std::min(image.width, left + thickness); ++x) image.set(x, y, color);
  }
}

Image render_plot_raster(const Plot& plot, std::optional<Limits> y_limits) {
  for (const Series& series : plot.series)
    require<ErrorKind::config>(series.x.empty() || series.x.size() == series.y.size(), "plot '", plot.title,
                               "': series '", series.name, "' has ", series.x.size(), " x and ", series.y.size(),
                               " y values, they must be equally many");
  const bool logarithmic = !y_limits && wants_logarithm(plot);
  std::vector<Runs> drawn;
  for (const Series& series : plot.series) drawn.push_back(runs_of(series, logarithmic));
  Axis x = x_axis(plot), y = y_limits ? y_axis_between(plot, *y_limits) : y_axis(plot, drawn, logarithmic);

  const int letter = text_height(kTextScale);
  int widest = 0;
  for (const std::string& label : y.labels) widest = std::max(widest, text_width(label, kTextScale));
  x.from = 2 * kGap + widest;
  x.to = plot.width - 2 * kGap;
  // The name of the y axis stands beside the title: letters lie, they cannot be turned.
  const std::string head = plot.y_label.empty() ? plot.title : plot.title + " | " + plot.y_label;
  const int head_height = head.empty() ? kGap : letter + 2 * kGap;
  y.to = head_height + legend(nullptr, plot, x, 0) + kGap;
  y.from = plot.height - 2 * letter - 2 * kGap - 4;

  Image image(plot.width, plot.height);
  draw_text(image, static_cast<int>(x.from), kGap, fit_text(head, static_cast<int>(x.to - x.from), kTextScale),
            kTextScale, kInk);
  legend(&image, plot, x, head_height);
  draw_axes(image, plot, x, y);
  for (const Mark& mark : plot.marks)
    if (mark.x >= x.low && mark.x <= x.high)
      draw_line(image, x.place(mark.x), y.from, x.place(mark.x), y.to, 1, kAxisColor);
  for (std::size_t i = 0; i < drawn.size(); ++i)
    for (const auto& run : drawn[i]) {
      Pen pen(image, i, y.to, y.from);
      for (std::size_t k = 0; k < run.size(); ++k) {
        const Point& before = run[k == 0 ? 0 : k - 1];
        pen.line({x.place(before.x), y.place(before.y)}, {x.place(run[k].x), y.place(run[k].y)});
      }
    }
  return image;
}

}  // namespace fno::report
