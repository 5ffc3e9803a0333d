#include "tools/report/sample_picture.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <fmt/format.h>
#include <numbers>

#include "framework/error.h"
#include "tools/report/bitmap_text.h"
#include "tools/report/text.h"

namespace fno::report {
namespace {

constexpr int kPanelPixels = 256;
constexpr int kTextScale = 2;
constexpr int kGap = 20, kBarHeight = 14, kSmallGap = 8, kMinCell = 220;
constexpr Rgb kInk{28, 33, 40};

bool shares_limits(const Panel& panel) { return panel.role == PanelRole::truth || panel.role == PanelRole::prediction; }

std::optional<Limits> joined(const std::optional<Limits>& a, const std::optional<Limits>& b) {
  if (!a || !b) return a ? a : b;
  return Limits{std::min(a->low, b->low), std::max(a->high, b->high)};
}

Limits suited_to(const Panel& panel, std::optional<Limits> range) {
  const Colormap map = panel_colormap(panel);
  if (map == Colormap::twilight) return {-std::numbers::pi, std::numbers::pi};
  Limits limits = range.value_or(Limits{0, 0});
  if (map == Colormap::diverging) {
    const double reach = std::max(std::abs(limits.low), std::abs(limits.high));
    return {-reach, reach};
  }
  if (panel.role == PanelRole::error) limits.low = std::min(0.0, limits.low);
  return limits;
}

// The panels' indices, a list for each quantity, in order of appearance.
std::vector<std::vector<std::size_t>> by_quantity(const std::vector<Panel>& panels) {
  std::vector<std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < panels.size(); ++i) {
    const auto same = std::find_if(groups.begin(), groups.end(), [&](const auto& group) {
      return panels[group.front()].quantity == panels[i].quantity;
    });
    if (same == groups.end())
      groups.push_back({i});
    else
      same->push_back(i);
  }
  return groups;
}

std::string full_label(const std::string& quantity, const std::string& label) {
  return quantity.empty() ? label : quantity + ": " + label;
}

// A panel with its label above, its colour bar and the numbers below.
Image compose_cell(const Panel& panel, Limits limits) {
  const Image picture = render(panel.field, panel_colormap(panel), limits, kPanelPixels);
  const int line = text_height(kTextScale), width = std::max(picture.width, kMinCell);
  Image cell(width, line + kSmallGap + picture.height + kSmallGap + kBarHeight + kSmallGap + line);
  int y = 0;
  draw_text(cell, 0, y, fit_text(full_label(panel.quantity, panel.label), width, kTextScale), kTextScale, kInk);
  y += line + kSmallGap;
  cell.paste(picture, 0, y);
  y += picture.height + kSmallGap;
  cell.paste(render_color_bar(panel_colormap(panel), width, kBarHeight), 0, y);
  y += kBarHeight + kSmallGap;
  const std::string low = format_number(limits.low, 3), high = format_number(limits.high, 3);
  draw_text(cell, 0, y, low, kTextScale, kInk);
  draw_text(cell, width - text_width(high, kTextScale), y, high, kTextScale, kInk);
  return cell;
}

Series curve_of(const Sample& sample, const Panel& panel) {
  check_field(panel.field, "sample '" + sample.title + "', panel '" + panel.label + "'");
  require<ErrorKind::config>(sample.x.empty() || sample.x.size() == panel.field.values.size(), "sample '", sample.title,
                             "', panel '", panel.label, "': ", panel.field.values.size(), " values at ",
                             sample.x.size(), " places, they must be equally many");
  Series series{panel.label, {}, sample.x};
  series.y.assign(panel.field.values.begin(), panel.field.values.end());
  return series;
}

}  // namespace

Colormap panel_colormap(const Panel& panel) {
  return panel.colormap.value_or(panel.role == PanelRole::error ? Colormap::magma : Colormap::viridis);
}

std::vector<Limits> panel_limits(const std::vector<Panel>& panels) {
  std::vector<Limits> limits;
  for (const Panel& panel : panels) {
    std::optional<Limits> range;
    const Limits* given = nullptr;
    for (const Panel& other : panels) {
      const bool partner = shares_limits(panel) && shares_limits(other) && other.quantity == panel.quantity;
      if (!partner && &other != &panel) continue;
      range = joined(range, finite_range(other.field));
      if (other.limits && given == nullptr) given = &*other.limits;
    }
    limits.push_back(given != nullptr ? *given : suited_to(panel, range));
  }
  return limits;
}

bool is_one_dimensional(const Sample& sample) {
  return !sample.panels.empty() &&
         std::all_of(sample.panels.begin(), sample.panels.end(), [](const Panel& p) { return p.field.rows == 1; });
}

Image compose_strip(const Sample& sample) {
  const std::vector<Limits> limits = panel_limits(sample.panels);
  std::vector<std::vector<Image>> strips;
  int width = 1, height = text_height(kTextScale) + 2 * kGap;
  for (const auto& group : by_quantity(sample.panels)) {
    strips.emplace_back();
    int strip_width = kGap, strip_height = 0;
    for (const std::size_t i : group) {
      strips.back().push_back(compose_cell(sample.panels[i], limits[i]));
      strip_width += strips.back().back().width + kGap;
      strip_height = std::max(strip_height, strips.back().back().height);
    }
    width = std::max(width, strip_width);
    height += strip_height + kGap;
  }
  Image image(width, height);
  draw_text(image, kGap, kGap, fit_text(sample.title, width - 2 * kGap, kTextScale), kTextScale, kInk);
  int y = text_height(kTextScale) + 2 * kGap;
  for (const auto& strip : strips) {
    int x = kGap, tallest = 0;
    for (const Image& cell : strip) {
      image.paste(cell, x, y);
      x += cell.width + kGap;
      tallest = std::max(tallest, cell.height);
    }
    y += tallest + kGap;
  }
  return image;
}

std::vector<Plot> sample_curves(const Sample& sample) {
  Plot inputs{.title = "input", .x_label = sample.x_label, .width = 380, .height = 260};
  std::vector<Plot> answers, errors;
  for (const auto& group : by_quantity(sample.panels)) {
    Plot answer = inputs, error = inputs;
    const std::string& quantity = sample.panels[group.front()].quantity;
    answer.series.clear();
    error.series.clear();
    answer.title = quantity.empty() ? "truth and prediction" : quantity + ": truth and prediction";
    error.title = quantity.empty() ? "error" : quantity + ": error";
    for (const std::size_t i : group) {
      const Panel& panel = sample.panels[i];
      Plot& plot = panel.role == PanelRole::input ? inputs : panel.role == PanelRole::error ? error : answer;
      plot.series.push_back(curve_of(sample, panel));
    }
    for (Plot* plot : {&answer, &error})
      if (plot->series.size() == 1)
        plot->title = full_label(sample.panels[group.front()].quantity, plot->series[0].name);
    if (!answer.series.empty()) answers.push_back(answer);
    if (!error.series.empty()) errors.push_back(error);
  }
  // One line alone has no legend: its title names it.
  if (inputs.series.size() == 1 && inputs.series[0].name != "input") inputs.title += ": " + inputs.series[0].name;
  std::vector<Plot> plots;
  if (!inputs.series.empty()) plots.push_back(inputs);
  plots.insert(plots.end(), answers.begin(), answers.end());
  plots.insert(plots.end(), errors.begin(), errors.end());
  return plots;
}

}  // namespace fno::report
