#include "tools/report/plot_style.h"

#include <array>
#include <fmt/format.h>
#include <string_view>

#include "tools/report/svg_plot.h"

namespace fno::report {
namespace {

struct Palette {
  std::string_view ink, muted, grid, axis;
  std::array<std::string_view, kLineColors> lines;  // blue, vermilion, green, purple, grey, amber
};

constexpr Palette kLight{
    "#1c2128", "#57606a", "#e4e7eb", "#8b949e", {"#0072b2", "#d55e00", "#00805c", "#a8408f", "#5a5f66", "#a87400"}};
constexpr Palette kDark{
    "#e6e9ee", "#9aa4b0", "#2b323b", "#6b7682", {"#5ab2ea", "#f58d4c", "#3ccaa1", "#e48cca", "#b9c0c9", "#ecbf45"}};

constexpr std::array<std::string_view, 5> kDashes{"", "7 3", "2 2.5", "9 3 2 3", "14 4"};

constexpr std::string_view kShape =
    ".plot text{font:13px system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif}"
    ".plot .title{font-size:15px;font-weight:600}"
    ".plot .grid,.plot .axis,.plot .tick{fill:none;shape-rendering:crispEdges}"
    ".plot .line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:butt}"
    ".plot .mark{stroke-dasharray:3 3}"
    ".plot .band{fill-opacity:0;stroke:none}.plot .band:hover{fill-opacity:.09}";

}  // namespace

std::string plot_rules(Theme theme) {
  const Palette& p = theme == Theme::light ? kLight : kDark;
  std::string css = fmt::format(
      ".plot text,.plot .band{{fill:{}}}.plot .muted{{fill:{}}}.plot .grid{{stroke:{}}}"
      ".plot .axis,.plot .tick,.plot .mark{{stroke:{}}}",
      p.ink, p.muted, p.grid, p.axis);
  for (std::size_t i = 0; i < kLineColors; ++i)
    css += fmt::format(".plot .line.s{0}{{stroke:{1}}}.plot .dot.s{0}{{fill:{1}}}", i, p.lines[i]);
  return theme == Theme::light ? std::string(kShape) + css : css;
}

std::string dash_attribute(std::size_t series) {
  const std::string_view dash = kDashes[series % kDashes.size()];
  return dash.empty() ? std::string() : fmt::format(" stroke-dasharray=\"{}\"", dash);
}

std::string plot_css() {
  return plot_rules(Theme::light) + "@media (prefers-color-scheme:dark){" + plot_rules(Theme::dark) + "}";
}

}  // namespace fno::report
