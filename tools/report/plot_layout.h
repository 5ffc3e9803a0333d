#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tools/report/plot_axis.h"

namespace fno::report {

/// What a stroke of a plot is.
enum class Ink { grid, tick, axis, mark, line };

/// Lines of one kind. Of Ink::line, a run of a single point is a dot, and `series` chooses colour and dashes.
struct Stroke {
  Ink ink = Ink::line;
  Runs runs = {};
  std::size_t series = 0;
};

enum class Anchor { start, middle, end };
enum class LetterStyle { plain, muted, title };

/// A line of text; `at` is where its baseline starts, has its middle or ends.
struct Label {
  std::string text = {};
  Point at = {};
  Anchor anchor = Anchor::start;
  LetterStyle style = LetterStyle::plain;
  bool upwards = false;  ///< turned by a quarter to the left
};

/// A plot as strokes and labels in units of the drawing, y downwards, to be drawn in their order.
struct PlotLayout {
  std::vector<Stroke> strokes = {};
  std::vector<Label> labels = {};
  Axis x = {}, y = {};  ///< y.from is the bottom
};

/// Long series are thinned to the first, least, greatest and last value of each unit of x.
/// Errors: Error(config) if x and y of a series differ in length.
[[nodiscard]] PlotLayout lay_out(const Plot& plot);

}  // namespace fno::report
