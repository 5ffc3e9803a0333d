#pragma once

#include <optional>

#include "tools/report/image.h"
#include "tools/report/svg_plot.h"

namespace fno::report {

/// A line plot as a picture, with the ticks, colours, dashes and legend of render_plot in its light theme. Letters are
/// those of bitmap_text, so the drawing is `plot.width` x `plot.height` pixels; 800 x 480 or more suits them. The names
/// of marks are left out. `y_limits` replaces the range of the values; what lies beyond is cut off.
/// Errors: Error(config) if x and y of a series differ in length.
[[nodiscard]] Image render_plot_raster(const Plot& plot, std::optional<Limits> y_limits = std::nullopt);

/// Draws a straight line of `thickness` pixels; what would fall outside the image is cut off.
void draw_line(Image& image, double x0, double y0, double x1, double y1, int thickness, Rgb color);

}  // namespace fno::report
