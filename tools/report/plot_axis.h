#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tools/report/plot.h"

namespace fno::report {

struct Point {
  double x = 0, y = 0;
};

/// The points of a series that can be drawn, in runs; between two runs there is a gap.
using Runs = std::vector<std::vector<Point>>;

/// x of the i-th value of a series.
[[nodiscard]] double x_of(const Series& series, std::size_t i);

/// Whether the y axis will be logarithmic, by YScale and the values.
[[nodiscard]] bool wants_logarithm(const Plot& plot);

/// Leaves out what is missing, not finite or, on a logarithmic axis, not positive. A line that crosses a limit ends
/// there.
[[nodiscard]] Runs runs_of(const Series& series, bool logarithmic, const std::optional<Limits>& limits);

/// One axis: which values it spans, where they fall on the drawing, where its ticks are.
struct Axis {
  double low = 0, high = 1;  ///< values at its ends, low < high
  double from = 0, to = 1;   ///< places of low and high on the drawing
  bool logarithmic = false;
  std::vector<double> ticks;
  std::vector<std::string> labels;  ///< one a tick

  [[nodiscard]] double place(double value) const;
};

/// Spans the x of all series, gaps included. `from` and `to` are the caller's to set.
[[nodiscard]] Axis x_axis(const Plot& plot);

/// Spans the limits of the plot if there are any, else what is drawn, with a margin; from zero where a linear curve
/// comes near it without crossing.
[[nodiscard]] Axis y_axis(const Plot& plot, const std::vector<Runs>& drawn, bool logarithmic);

}  // namespace fno::report
