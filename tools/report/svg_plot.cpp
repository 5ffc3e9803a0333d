#include <algorithm>
#include <array>
#include <cstddef>
#include <fmt/format.h>
#include <set>
#include <string>
#include <vector>

#include "tools/report/plot.h"
#include "tools/report/plot_layout.h"
#include "tools/report/plot_style.h"
#include "tools/report/text.h"

namespace fno::report {
namespace {

constexpr std::size_t kMaxBands = 240;

std::string svg_of(const Stroke& stroke) {
  static constexpr std::array<const char*, 5> kClasses{"grid", "tick", "axis", "mark", "line"};
  const bool line = stroke.ink == Ink::line;
  std::string path, dots;
  for (const auto& run : stroke.runs) {
    // A line of one point has no length and would not show.
    if (line && run.size() == 1)
      dots += fmt::format("<circle class=\"dot s{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\"/>",
                          stroke.series % kLineColors, run[0].x, run[0].y);
    for (std::size_t i = 0; i < run.size() && run.size() > 1; ++i)
      path += fmt::format("{}{:.1f} {:.1f}", i == 0 ? 'M' : 'L', run[i].x, run[i].y);
  }
  if (path.empty()) return dots;
  const std::string style =
      line ? fmt::format(" s{}\"{}", stroke.series % kLineColors, dash_attribute(stroke.series)) : std::string("\"");
  return fmt::format("<path class=\"{}{} d=\"{}\"/>", kClasses[static_cast<std::size_t>(stroke.ink)], style, path) +
         dots;
}

std::string svg_of(const Label& label) {
  static constexpr std::array<const char*, 3> kAnchors{"", " text-anchor=\"middle\"", " text-anchor=\"end\""};
  static constexpr std::array<const char*, 3> kStyles{"", " class=\"muted\"", " class=\"title\""};
  const std::string place =
      label.upwards ? fmt::format("transform=\"translate({:.1f} {:.1f}) rotate(-90)\"", label.at.x, label.at.y)
                    : fmt::format("x=\"{:.1f}\" y=\"{:.1f}\"", label.at.x, label.at.y);
  return fmt::format("<text{} {}{}>{}</text>", kStyles[static_cast<std::size_t>(label.style)], place,
                     kAnchors[static_cast<std::size_t>(label.anchor)], escape_markup(label.text));
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

// Everything between <svg> and </svg>.
std::string draw(const Plot& plot) {
  const PlotLayout layout = lay_out(plot);
  std::string out;
  for (const Stroke& stroke : layout.strokes) out += svg_of(stroke);
  for (const Label& label : layout.labels) out += svg_of(label);
  return out + draw_bands(plot, layout.x, layout.y.to, layout.y.from);
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
