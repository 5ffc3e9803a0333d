#pragma once

#include <string>
#include <vector>

#include "tools/report/image.h"

namespace fno::report {

/// One picture of a grid, with two lines of text above it, its colour bar and the numbers at its ends below.
struct GridPanel {
  std::string title = {}, subtitle = {};
  Field field = {};
  Colormap colormap = Colormap::viridis;
  Limits limits = {};
};

/// Rows of panels under a title (left out if empty), all panels 320 pixels wide or a little more.
/// Errors   config if there is no panel or a field is unsound
[[nodiscard]] Image draw_panel_grid(const std::string& title, const std::vector<std::vector<GridPanel>>& rows);

}  // namespace fno::report
