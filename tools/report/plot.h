#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/report/image.h"

namespace fno::report {

/// Values in order; nothing, or NaN or infinity, is a gap in the line.
using Curve = std::vector<std::optional<double>>;

/// One line of a plot.
struct Series {
  std::string name = {};
  Curve y = {};
  std::vector<double> x = {};  ///< ascending, one a value; empty means 1, 2, 3, …
};

enum class YScale {
  linear,
  logarithmic,  ///< values <= 0 are gaps; linear if no value is positive
  automatic,    ///< logarithmic if all values are positive and span a factor of 30 or more
};

/// A named vertical line, such as the best epoch.
struct Mark {
  double x = 0;
  std::string label = {};
};

/// A line plot. Any number of series; the colours and dashes of the first 30 all differ.
struct Plot {
  std::string title = {}, x_label = {}, y_label = {};
  std::vector<Series> series = {};
  YScale y_scale = YScale::linear;
  bool whole_x = false;  ///< x counts things: no ticks between integers
  std::vector<Mark> marks = {};
  std::optional<Limits> y_limits = {};  ///< ends of the y axis; what lies beyond is cut off
  int width = 640, height = 360;        ///< units of the drawing; on a page it stretches to the column
};

/// Where the SVG will live. `page` relies on plot_css() in the page and has no namespace declaration, as HTML wants it;
/// `file` is a whole XML document on white with its own style.
enum class SvgTarget { page, file };

/// The plot as SVG. Hovering shows the values at that x of all series, in <title> elements.
/// Long series are thinned to the least and greatest value of each pixel column.
/// Errors: Error(config) if x and y of a series differ in length.
[[nodiscard]] std::string render_plot(const Plot& plot, SvgTarget target);

/// Several plots under each other in one file.
[[nodiscard]] std::string render_plot_stack(const std::vector<Plot>& plots);

/// The same as a picture in the light theme, two pixels a unit. Letters are those of bitmap_text.
[[nodiscard]] Image draw_plot_stack(const std::vector<Plot>& plots);

/// Style rules of plots on a page, for both themes. Colours after Okabe and Ito (Color Universal Design, 2008),
/// darkened or lightened until legible on the background; dashes differ too.
[[nodiscard]] std::string plot_css();

}  // namespace fno::report
