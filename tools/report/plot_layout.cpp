#include "tools/report/plot_layout.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "framework/error.h"

namespace fno::report {
namespace {

constexpr double kTextWidth = 7.3;  // of one character at 13 px, on the generous side
constexpr double kLegendLine = 18, kLegendSwatch = 26;

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

// The names of the series under each other's title line, with a swatch each. A single series has none. Returns the
// height that they take.
double add_legend(PlotLayout& layout, const Plot& plot, double top) {
  if (plot.series.size() < 2) return 0;
  const double left = layout.x.from, right = layout.x.to;
  double x = left, y = top;
  for (std::size_t i = 0; i < plot.series.size(); ++i) {
    const std::string& name = plot.series[i].name;
    const double width = kLegendSwatch + kTextWidth * static_cast<double>(name.size()) + 16;
    if (x > left && x + width > right) {
      x = left;
      y += kLegendLine;
    }
    layout.strokes.push_back({Ink::line, {{{x, y - 4}, {x + kLegendSwatch - 6, y - 4}}}, i});
    layout.labels.push_back({name, {x + kLegendSwatch, y}});
    x += width;
  }
  return y - top + kLegendLine + 4;
}

void add_axes(PlotLayout& layout, const Plot& plot) {
  const Axis &x = layout.x, &y = layout.y;
  Stroke grid{Ink::grid}, ticks{Ink::tick};
  for (std::size_t i = 0; i < y.ticks.size(); ++i) {
    const double at = y.place(y.ticks[i]);
    grid.runs.push_back({{x.from, at}, {x.to, at}});
    layout.labels.push_back({y.labels[i], {x.from - 8, at + 4}, Anchor::end, LetterStyle::muted});
  }
  for (std::size_t i = 0; i < x.ticks.size(); ++i) {
    const double at = x.place(x.ticks[i]);
    ticks.runs.push_back({{at, y.from}, {at, y.from + 5}});
    layout.labels.push_back({x.labels[i], {at, y.from + 19}, Anchor::middle, LetterStyle::muted});
  }
  layout.strokes.push_back(std::move(grid));
  layout.strokes.push_back(std::move(ticks));
  layout.strokes.push_back({Ink::axis, {{{x.from, y.to}, {x.from, y.from}, {x.to, y.from}}}});
  if (!plot.x_label.empty())
    layout.labels.push_back({plot.x_label, {(x.from + x.to) / 2, y.from + 38}, Anchor::middle});
  if (!plot.y_label.empty())
    layout.labels.push_back({plot.y_label + (y.logarithmic ? " (log scale)" : ""),
                             {15, (y.from + y.to) / 2},
                             Anchor::middle,
                             LetterStyle::plain,
                             true});
}

void add_marks(PlotLayout& layout, const Plot& plot) {
  const Axis &x = layout.x, &y = layout.y;
  double line = y.to + 12;
  for (const Mark& mark : plot.marks) {
    if (mark.x < x.low || mark.x > x.high) continue;
    const double at = x.place(mark.x);
    const bool left_half = at < (x.from + x.to) / 2;
    layout.strokes.push_back({Ink::mark, {{{at, y.from}, {at, y.to}}}});
    layout.labels.push_back(
        {mark.label, {at + (left_half ? 6 : -6), line}, left_half ? Anchor::start : Anchor::end, LetterStyle::muted});
    line += 16;  // neighbouring marks must not write over each other
  }
}

}  // namespace

PlotLayout lay_out(const Plot& plot) {
  for (const Series& series : plot.series)
    require<ErrorKind::config>(series.x.empty() || series.x.size() == series.y.size(), "plot '", plot.title,
                               "': series '", series.name, "' has ", series.x.size(), " x and ", series.y.size(),
                               " y values, they must be equally many");
  const bool logarithmic = wants_logarithm(plot);
  std::vector<Runs> drawn;
  for (const Series& series : plot.series) drawn.push_back(runs_of(series, logarithmic, plot.y_limits));

  PlotLayout layout{.x = x_axis(plot), .y = y_axis(plot, drawn, logarithmic)};
  Axis &x = layout.x, &y = layout.y;
  std::size_t widest = 1;
  for (const std::string& label : y.labels) widest = std::max(widest, label.size());
  x.from = 14 + kTextWidth * static_cast<double>(widest) + (plot.y_label.empty() ? 0 : 18);
  x.to = plot.width - 18;
  const double head = plot.title.empty() ? 10 : 32;
  if (!plot.title.empty()) layout.labels.push_back({plot.title, {x.from, 20}, Anchor::start, LetterStyle::title});
  y.to = head + add_legend(layout, plot, head + 9);
  y.from = plot.height - (plot.x_label.empty() ? 30 : 48);
  add_axes(layout, plot);
  add_marks(layout, plot);

  bool nothing = true;
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    nothing = nothing && drawn[i].empty();
    for (std::vector<Point>& run : drawn[i]) {
      run = thinned(run, x);
      for (Point& p : run) p = {x.place(p.x), y.place(p.y)};
    }
    layout.strokes.push_back({Ink::line, std::move(drawn[i]), i});
  }
  if (nothing)
    layout.labels.push_back(
        {"no values", {(x.from + x.to) / 2, (y.from + y.to) / 2}, Anchor::middle, LetterStyle::muted});
  return layout;
}

}  // namespace fno::report
