#include "tools/report/plot_style.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <string_view>

#include "tools/report/plot.h"

namespace fno::report {
namespace {

constexpr std::string_view kShape =
    ".plot text{font:13px system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif}"
    ".plot .title{font-size:15px;font-weight:600}"
    ".plot .grid,.plot .axis,.plot .tick{fill:none;shape-rendering:crispEdges}"
    ".plot .line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:butt}"
    ".plot .mark{stroke-dasharray:3 3}"
    ".plot .band{fill-opacity:0;stroke:none}.plot .band:hover{fill-opacity:.09}";

}  // namespace

const Palette& palette(Theme theme) {
  static constexpr Palette kLight{{0x1c, 0x21, 0x28},
                                  {0x57, 0x60, 0x6a},
                                  {0xe4, 0xe7, 0xeb},
                                  {0x8b, 0x94, 0x9e},
                                  {{{0x00, 0x72, 0xb2},
                                    {0xd5, 0x5e, 0x00},
                                    {0x00, 0x80, 0x5c},
                                    {0xa8, 0x40, 0x8f},
                                    {0x5a, 0x5f, 0x66},
                                    {0xa8, 0x74, 0x00}}}};
  static constexpr Palette kDark{{0xe6, 0xe9, 0xee},
                                 {0x9a, 0xa4, 0xb0},
                                 {0x2b, 0x32, 0x3b},
                                 {0x6b, 0x76, 0x82},
                                 {{{0x5a, 0xb2, 0xea},
                                   {0xf5, 0x8d, 0x4c},
                                   {0x3c, 0xca, 0xa1},
                                   {0xe4, 0x8c, 0xca},
                                   {0xb9, 0xc0, 0xc9},
                                   {0xec, 0xbf, 0x45}}}};
  return theme == Theme::light ? kLight : kDark;
}

const std::vector<double>& dashes(std::size_t series) {
  static const std::vector<std::vector<double>> kDashes{{}, {7, 3}, {2, 2.5}, {9, 3, 2, 3}, {14, 4}};
  return kDashes[series % kDashes.size()];
}

std::string plot_rules(Theme theme) {
  const Palette& p = palette(theme);
  std::string css = fmt::format(
      ".plot text,.plot .band{{fill:{}}}.plot .muted{{fill:{}}}.plot .grid{{stroke:{}}}"
      ".plot .axis,.plot .tick,.plot .mark{{stroke:{}}}",
      hex_text(p.ink), hex_text(p.muted), hex_text(p.grid), hex_text(p.axis));
  for (std::size_t i = 0; i < kLineColors; ++i)
    css += fmt::format(".plot .line.s{0}{{stroke:{1}}}.plot .dot.s{0}{{fill:{1}}}", i, hex_text(p.lines[i]));
  return theme == Theme::light ? std::string(kShape) + css : css;
}

std::string dash_attribute(std::size_t series) {
  const std::vector<double>& lengths = dashes(series);
  return lengths.empty() ? std::string() : fmt::format(" stroke-dasharray=\"{}\"", fmt::join(lengths, " "));
}

std::string plot_css() {
  return plot_rules(Theme::light) + "@media (prefers-color-scheme:dark){" + plot_rules(Theme::dark) + "}";
}

}  // namespace fno::report
