#include "tools/report/svg_plot.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <fmt/format.h>
#include <set>
#include <string>
#include <vector>

#include "framework/error.h"
#include "tools/report/plot_axis.h"
#include "tools/report/plot_style.h"
#include "tools/report/text.h"

namespace fno::report {
namespace {

constexpr double kTextWidth = 7.3;  // of one character at 13 px, on the generous side
constexpr double kLegendLine = 18, kLegendSwatch = 26;
constexpr std::size_t kMaxBands = 240;

// Keeps, of each pixel column, the first, least, greatest and last point, in their order.
std::vector<Point> thinned(const std::vector<Point>& run, const Axis& x) {
  const double columns = std::abs(x.to - x.from);
  if (static_cast<double>(run.size()) <= 4 * columns) return run;
  std::vector<Point> kept;
  for (std::size_t i = 0; i < run.size();) {
    const double column = std::floor(x.place(run[i].x));
    std::size_t end = i, least = i, greatest = i;
    for (; end < run.size() && std::floor(x.place(run[end].x)) == column; ++end) {
      if (run[end].y < run[least].y) least = end;
      if (run[end].y > run[greatest].y) greatest = end;
    }
    for (const std::size_t k : std::set<std::size_t>{i, least, greatest, end - 1}) kept.push_back(run[k]);
    i = end;
  }
  return kept;
}

std::string draw_series(const Runs& runs, std::size_t index, const Axis& x, const Axis& y) {
  std::string path, dots;
  for (const auto& run : runs) {
    if (run.size() == 1) {
      // A line of one point has no length and would not show.
      dots += fmt::format("<circle class=\"dot s{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\"/>", index % kLineColors,
                          x.place(run[0].x), y.place(run[0].y));
      continue;
    }
    char command = 'M';
    for (const Point& p : thinned(run, x)) {
      path += fmt::format("{}{:.1f} {:.1f}", command, x.place(p.x), y.place(p.y));
      command = 'L';
    }
  }
  if (path.empty()) return dots;
  return fmt::format("<path class=\"line s{}\"{} d=\"{}\"/>", index % kLineColors, dash_attribute(index), path) + dots;
}

// Where each legend entry stands, and the room that all lines of them take.
struct Legend {
  std::vector<Point> places;
  double height = 0;
};

Legend legend_of(const Plot& plot, double left, double right) {
  Legend legend;
  if (plot.series.size() < 2) return legend;
  double x = left, y = 0;
  for (const Series& series : plot.series) {
    const double width = kLegendSwatch + kTextWidth * static_cast<double>(series.name.size()) + 16;
    if (x > left && x + width > right) {
      x = left;
      y += kLegendLine;
    }
    legend.places.push_back({x, y});
    x += width;
  }
  legend.height = y + kLegendLine + 4;
  return legend;
}

std::string draw_legend(const Plot& plot, const Legend& legend, double top) {
  std::string out;
  for (std::size_t i = 0; i < legend.places.size(); ++i) {
    const double x = legend.places[i].x, y = top + legend.places[i].y;
    out += fmt::format("<path class=\"line s{}\"{} d=\"M{:.1f} {:.1f}h20\"/><text x=\"{:.1f}\" y=\"{:.1f}\">{}</text>",
                       i % kLineColors, dash_attribute(i), x, y - 4, x + kLegendSwatch, y,
                       escape_markup(plot.series[i].name));
  }
  return out;
}

// Invisible strips, one an x, that show on hovering what every series is there.
std::string draw_bands(const Plot& plot, const Axis& x, double top, double bottom) {
  std::set<double> all;
  for (const Series& series : plot.series)
    for (std::size_t i = 0; i < series.y.size(); ++i) all.insert(x_of(series, i));
  std::vector<double> at(all.begin(), all.end());
  if (at.size() > kMaxBands) {
    std::vector<double> some;
    for (std::size_t i = 0; i < kMaxBands; ++i) some.push_back(at[i * (at.size() - 1) / (kMaxBands - 1)]);
    at = some;
  }
  std::string out;
  for (std::size_t i = 0; i < at.size(); ++i) {
    const double here = x.place(at[i]);
    const double left = i == 0 ? x.from : (x.place(at[i - 1]) + here) / 2;
    const double right = i + 1 == at.size() ? x.to : (here + x.place(at[i + 1])) / 2;
    std::string text = (plot.x_label.empty() ? "x" : plot.x_label) + " " + format_number(at[i], 6);
    for (const Series& series : plot.series)
      for (std::size_t k = 0; k < series.y.size(); ++k)
        if (x_of(series, k) == at[i]) {
          text += "\n" + (series.name.empty() ? plot.y_label : series.name) + ": ";
          text += series.y[k] ? format_number(*series.y[k], 6) : "none";
        }
    out += fmt::format(
        "<rect class=\"band\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"><title>{}</title></rect>",
        left, top, std::max(right - left, 0.1), bottom - top, escape_markup(text));
  }
  return out;
}

// Grid, ticks with their numbers, the two axis lines and the axis labels. y grows upwards: y.from is the bottom.
std::string draw_axes(const Plot& plot, const Axis& x, const Axis& y) {
  std::string grid, numbers;
  for (std::size_t i = 0; i < y.ticks.size(); ++i) {
    const double at = y.place(y.ticks[i]);
    grid += fmt::format("M{:.1f} {:.1f}H{:.1f}", x.from, at, x.to);
    numbers += fmt::format("<text class=\"muted\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>", x.from - 8,
                           at + 4, escape_markup(y.labels[i]));
  }
  std::string ticks;
  for (std::size_t i = 0; i < x.ticks.size(); ++i) {
    const double at = x.place(x.ticks[i]);
    ticks += fmt::format("M{:.1f} {:.1f}v5", at, y.from);
    numbers += fmt::format("<text class=\"muted\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>", at,
                           y.from + 19, escape_markup(x.labels[i]));
  }
  std::string out = fmt::format("<path class=\"grid\" d=\"{}\"/><path class=\"tick\" d=\"{}\"/>", grid, ticks);
  out += fmt::format("<path class=\"axis\" d=\"M{:.1f} {:.1f}V{:.1f}H{:.1f}\"/>", x.from, y.to, y.from, x.to) + numbers;
  if (!plot.x_label.empty())
    out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>", (x.from + x.to) / 2,
                       y.from + 38, escape_markup(plot.x_label));
  if (!plot.y_label.empty())
    out += fmt::format("<text transform=\"translate(15 {:.1f}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
                       (y.from + y.to) / 2, escape_markup(plot.y_label + (y.logarithmic ? " (log scale)" : "")));
  return out;
}

std::string draw_marks(const Plot& plot, const Axis& x, const Axis& y) {
  std::string out;
  double line = y.to + 12;
  for (const Mark& mark : plot.marks) {
    if (mark.x < x.low || mark.x > x.high) continue;
    const double at = x.place(mark.x);
    const bool left_half = at < (x.from + x.to) / 2;
    out += fmt::format("<path class=\"mark\" d=\"M{:.1f} {:.1f}V{:.1f}\"/>", at, y.from, y.to);
    out += fmt::format("<text class=\"muted\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>",
                       at + (left_half ? 6 : -6), line, left_half ? "start" : "end", escape_markup(mark.label));
    line += 16;  // neighbouring marks must not write over each other
  }
  return out;
}

// Everything between <svg> and </svg>.
std::string draw(const Plot& plot) {
  for (const Series& series : plot.series)
    require<ErrorKind::config>(series.x.empty() || series.x.size() == series.y.size(), "plot '", plot.title,
                               "': series '", series.name, "' has ", series.x.size(), " x and ", series.y.size(),
                               " y values, they must be equally many");
  const bool logarithmic = wants_logarithm(plot);
  std::vector<Runs> drawn;
  for (const Series& series : plot.series) drawn.push_back(runs_of(series, logarithmic));

  Axis x = x_axis(plot), y = y_axis(plot, drawn, logarithmic);
  std::size_t widest = 1;
  for (const std::string& label : y.labels) widest = std::max(widest, label.size());
  x.from = 14 + kTextWidth * static_cast<double>(widest) + (plot.y_label.empty() ? 0 : 18);
  x.to = plot.width - 18;
  const Legend legend = legend_of(plot, x.from, x.to);
  const double head = plot.title.empty() ? 10 : 32;
  y.to = head + legend.height;
  y.from = plot.height - (plot.x_label.empty() ? 30 : 48);

  std::string out;
  if (!plot.title.empty())
    out += fmt::format("<text class=\"title\" x=\"{:.1f}\" y=\"20\">{}</text>", x.from, escape_markup(plot.title));
  out += draw_legend(plot, legend, head + 9);
  out += draw_axes(plot, x, y) + draw_marks(plot, x, y);
  bool nothing = true;
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    out += draw_series(drawn[i], i, x, y);
    nothing = nothing && drawn[i].empty();
  }
  if (nothing)
    out += fmt::format("<text class=\"muted\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">no values</text>",
                       (x.from + x.to) / 2, (y.from + y.to) / 2);
  return out + draw_bands(plot, x, y.to, y.from);
}

std::string file_head(int width, int height) {
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\">"
      "<style>{2}</style><rect width=\"{0}\" height=\"{1}\" fill=\"#ffffff\"/>",
      width, height, plot_rules(Theme::light));
}

}  // namespace

std::string render_plot(const Plot& plot, SvgTarget target) {
  if (target == SvgTarget::file) return file_head(plot.width, plot.height) + draw(plot) + "</svg>\n";
  return fmt::format("<svg class=\"plot\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">", plot.width,
                     plot.height, escape_markup(plot.title)) +
         draw(plot) + "</svg>\n";
}

std::string render_plot_stack(const std::vector<Plot>& plots) {
  int width = 1, height = 0;
  std::string body;
  for (const Plot& plot : plots) {
    body += fmt::format("<g transform=\"translate(0 {})\">{}</g>", height, draw(plot));
    width = std::max(width, plot.width);
    height += plot.height;
  }
  return file_head(width, std::max(height, 1)) + body + "</svg>\n";
}

}  // namespace fno::report
