#include <array>
#include <cstddef>
#include <fmt/format.h>
#include <string>
#include <string_view>
#include <utility>

#include "tools/report/sample_picture.h"
#include "tools/report/text.h"

namespace fno::report {
namespace {

constexpr int kPanelPixels = 256;

constexpr std::array<std::pair<Colormap, std::string_view>, 4> kBarClasses = {{{Colormap::viridis, "viridis"},
                                                                               {Colormap::magma, "magma"},
                                                                               {Colormap::twilight, "twilight"},
                                                                               {Colormap::diverging, "diverging"}}};

std::string_view bar_class(Colormap map) {
  for (const auto& [key, name] : kBarClasses)
    if (key == map) return name;
  return "viridis";
}

std::string range_text(const Field& field) {
  const auto range = finite_range(field);
  std::string text =
      range ? fmt::format("values {} to {}", format_number(range->low), format_number(range->high)) : "no finite value";
  if (const std::size_t bad = count_not_finite(field); bad > 0) text += fmt::format("; {} not finite (grey)", bad);
  return text;
}

std::string panel_html(const Panel& panel, Limits limits) {
  const Image picture = render(panel.field, panel_colormap(panel), limits, kPanelPixels);
  const std::string label = escape_markup(panel.label);
  std::string out = fmt::format(
      "<figure><figcaption>{0}</figcaption><img alt=\"{0}\" width=\"{1}\" height=\"{2}\" "
      "src=\"data:image/png;base64,{3}\">",
      label, picture.width, picture.height, base64(encode_png(picture)));
  out += fmt::format(
      "<div class=\"bar {}\"></div><div class=\"scale\"><span>{}</span><span>{}</span><span>{}</span></div>",
      bar_class(panel_colormap(panel)), format_number(limits.low, 3), format_number((limits.low + limits.high) / 2, 3),
      format_number(limits.high, 3));
  out += "<div class=\"range\">" + escape_markup(range_text(panel.field)) + "</div>";
  if (!panel.note.empty()) out += "<div class=\"range\">" + escape_markup(panel.note) + "</div>";
  return out + "</figure>\n";
}

std::string strips_html(const Sample& sample) {
  const std::vector<Limits> limits = panel_limits(sample.panels);
  std::string out;
  for (const auto& group : by_quantity(sample.panels)) {
    if (const std::string& quantity = sample.panels[group.front()].quantity; !quantity.empty())
      out += "<h4>" + escape_markup(quantity) + "</h4>\n";
    out += "<div class=\"strip\">\n";
    for (const std::size_t i : group) out += panel_html(sample.panels[i], limits[i]);
    out += "</div>\n";
  }
  return out;
}

}  // namespace

std::string sample_html(const Sample& sample) {
  std::string out = "<section class=\"sample\"><h3>" + escape_markup(sample.title) + "</h3>\n";
  if (!sample.caption.empty()) out += "<p class=\"muted\">" + escape_markup(sample.caption) + "</p>\n";
  if (!is_one_dimensional(sample)) return out + strips_html(sample) + "</section>\n";
  out += "<div class=\"plots three\">\n";
  for (const Plot& plot : sample_curves(sample)) out += render_plot(plot, SvgTarget::page);
  return out + "</div></section>\n";
}

std::string sample_css() {
  std::string css =
      ".strip{display:grid;grid-template-columns:repeat(auto-fill,minmax(240px,1fr));gap:18px 20px}"
      "@media (max-width:820px){.strip{grid-template-columns:repeat(2,minmax(0,1fr))}}"
      ".strip figure{margin:0;min-width:0}.strip figcaption{font-weight:600;margin-bottom:5px}"
      ".strip img{display:block;width:100%;height:auto;image-rendering:pixelated;border-radius:3px}"
      ".bar{height:10px;margin-top:8px;border-radius:2px}"
      ".scale{display:flex;justify-content:space-between;font-size:12px;font-variant-numeric:tabular-nums;margin-top:"
      "3px}"
      ".range{font-size:12px;color:var(--muted);font-variant-numeric:tabular-nums}";
  for (const auto& [map, name] : kBarClasses) {
    css += fmt::format(".bar.{}{{background:linear-gradient(to right", name);
    for (const Rgb c : control_points(map)) css += "," + hex_text(c);
    css += ")}";
  }
  return css;
}

}  // namespace fno::report
