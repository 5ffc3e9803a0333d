#include "tools/report/plot_axis.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include "tools/report/text.h"
#include "tools/report/ticks.h"

namespace fno::report {
namespace {

bool drawable(const std::optional<double>& y, bool logarithmic) {
  return y && std::isfinite(*y) && (!logarithmic || *y > 0);
}

void label_axis(Axis& axis, int about, bool whole) {
  axis.ticks =
      axis.logarithmic ? log_ticks(axis.low, axis.high, about) : linear_ticks(axis.low, axis.high, about, whole);
  if (!axis.logarithmic) {
    axis.labels = linear_labels(axis.ticks);
    return;
  }
  for (const double tick : axis.ticks) axis.labels.push_back(format_number(tick));
}

// What of a run lies between the limits.
Runs clipped(const std::vector<Point>& run, Limits limits) {
  const auto inside = [&](double y) { return y >= limits.low && y <= limits.high; };
  if (run.size() == 1) return inside(run[0].y) ? Runs{run} : Runs{};
  Runs parts;
  bool open = false;  // the last part goes on
  for (std::size_t i = 1; i < run.size(); ++i) {
    const Point a = run[i - 1], b = run[i];
    const double rise = b.y - a.y;
    double from = 0, to = inside(a.y) ? 1 : -1;
    if (rise != 0) {
      const double low = (limits.low - a.y) / rise, high = (limits.high - a.y) / rise;
      from = std::max(0.0, std::min(low, high));
      to = std::min(1.0, std::max(low, high));
    }
    if (from < to) {
      const auto at = [&](double t) { return Point{a.x + t * (b.x - a.x), a.y + t * rise}; };
      if (!open) parts.push_back({at(from)});
      parts.back().push_back(at(to));
    }
    open = from < to && to == 1;
  }
  return parts;
}

}  // namespace

double x_of(const Series& series, std::size_t i) { return series.x.empty() ? static_cast<double>(i + 1) : series.x[i]; }

Runs runs_of(const Series& series, bool logarithmic, const std::optional<Limits>& limits) {
  Runs runs(1);
  for (std::size_t i = 0; i < series.y.size(); ++i) {
    if (drawable(series.y[i], logarithmic))
      runs.back().push_back({x_of(series, i), *series.y[i]});
    else if (!runs.back().empty())
      runs.emplace_back();
  }
  if (runs.back().empty()) runs.pop_back();
  if (!limits) return runs;
  Runs parts;
  for (const auto& run : runs) std::ranges::move(clipped(run, *limits), std::back_inserter(parts));
  return parts;
}

bool wants_logarithm(const Plot& plot) {
  if (plot.y_scale == YScale::linear) return false;
  double low = std::numeric_limits<double>::infinity(), high = 0;
  bool all_positive = true;
  for (const Series& series : plot.series)
    for (const auto& y : series.y) {
      if (!drawable(y, false)) continue;
      if (*y <= 0) {
        all_positive = false;
        continue;
      }
      low = std::min(low, *y);
      high = std::max(high, *y);
    }
  if (high == 0) return false;
  return plot.y_scale == YScale::logarithmic || (all_positive && high >= 30 * low);
}

double Axis::place(double value) const {
  const double t =
      logarithmic ? (std::log(value) - std::log(low)) / (std::log(high) - std::log(low)) : (value - low) / (high - low);
  return from + t * (to - from);
}

Axis x_axis(const Plot& plot) {
  Axis axis;
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const Series& series : plot.series)
    for (std::size_t i = 0; i < series.y.size(); ++i) {
      low = std::min(low, x_of(series, i));
      high = std::max(high, x_of(series, i));
    }
  const bool empty = !(low <= high);
  axis.low = empty ? 0 : low;
  axis.high = empty ? 1 : high;
  if (axis.low == axis.high) {
    axis.low -= 0.5;
    axis.high += 0.5;
  }
  label_axis(axis, std::max(2, plot.width / 80), plot.whole_x);
  return axis;
}

Axis y_axis(const Plot& plot, const std::vector<Runs>& drawn, bool logarithmic) {
  Axis axis;
  axis.logarithmic = logarithmic;
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const Runs& runs : drawn)
    for (const auto& run : runs)
      for (const Point& p : run) {
        low = std::min(low, p.y);
        high = std::max(high, p.y);
      }
  if (low > high) {
    low = 0;
    high = 1;
  }
  if (plot.y_limits) {
    low = plot.y_limits->low;
    high = plot.y_limits->high;
  } else if (logarithmic) {
    const double margin = std::max(0.04 * std::log(high / low), 0.1);
    low = std::exp(std::log(low) - margin);
    high = std::exp(std::log(high) + margin);
  } else {
    // A curve that comes near zero without crossing it is read against zero.
    const bool from_zero = low >= 0 && low < 0.35 * high, to_zero = high <= 0 && high > 0.35 * low;
    const double range = high - low;
    const bool flat = range <= 1e-9 * std::max(std::abs(low), std::abs(high));
    const double margin = flat ? std::max(0.1 * std::abs(high), 1e-12) : 0.06 * range;
    low = from_zero && !flat ? 0 : low - margin;
    high = to_zero && !flat ? 0 : high + margin;
  }
  axis.low = low;
  axis.high = high;
  label_axis(axis, std::max(2, plot.height / 60), false);
  return axis;
}

}  // namespace fno::report
