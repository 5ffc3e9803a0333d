#pragma once

#include <string>
#include <vector>

#include "tools/report/image.h"
#include "tools/tasks/ptychography/image2d.h"

namespace fno::ptychography {

/// One picture of a grid, with two lines of text above it, its colour bar and the numbers at its ends below.
struct GridPanel {
  std::string title = {}, subtitle = {};
  RealImage image = {};
  report::Colormap colormap = report::Colormap::viridis;
  report::Limits limits = {};
};

/// Rows of panels under a title (left out if empty), all panels about 330 pixels wide.
/// Errors   config if there is no panel or an image is unsound
[[nodiscard]] report::Image draw_panel_grid(const std::string& title, const std::vector<std::vector<GridPanel>>& rows);

}  // namespace fno::ptychography
