#include "tools/report/sample_picture.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>

#include "framework/error.h"
#include "tools/report/panel_grid.h"

namespace fno::report {
namespace {

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

std::string full_label(const std::string& quantity, const std::string& label) {
  return quantity.empty() ? label : quantity + ": " + label;
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

bool is_one_dimensional(const Sample& sample) {
  return !sample.panels.empty() &&
         std::all_of(sample.panels.begin(), sample.panels.end(), [](const Panel& p) { return p.field.rows == 1; });
}

Image compose_strip(const Sample& sample) {
  const std::vector<Limits> limits = panel_limits(sample.panels);
  std::vector<std::vector<GridPanel>> rows;
  for (const auto& group : by_quantity(sample.panels)) {
    rows.emplace_back();
    for (const std::size_t i : group) {
      const Panel& panel = sample.panels[i];
      rows.back().push_back(
          {full_label(panel.quantity, panel.label), panel.note, panel.field, panel_colormap(panel), limits[i]});
    }
  }
  return draw_panel_grid(sample.title, rows);
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
