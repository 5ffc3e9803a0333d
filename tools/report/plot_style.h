#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "tools/report/colormap.h"

namespace fno::report {

/// Colours of a plot on a light or a dark background.
enum class Theme { light, dark };

/// How many line colours there are; they repeat after that.
inline constexpr std::size_t kLineColors = 6;

struct Palette {
  Rgb ink, muted, grid, axis;
  std::array<Rgb, kLineColors> lines;  ///< blue, vermilion, green, purple, grey, amber
};
[[nodiscard]] const Palette& palette(Theme theme);

/// Lengths of ink and gap of the series with that index; none for a solid line.
[[nodiscard]] const std::vector<double>& dashes(std::size_t series);

/// Style rules, each selector prefixed with `.plot`: ink, grid, axes and the line classes s0 … s5.
[[nodiscard]] std::string plot_rules(Theme theme);

/// The SVG attribute ` stroke-dasharray="…"` of the series with that index; empty for a solid line. Its period (5) and
/// that of the colours have no common factor.
[[nodiscard]] std::string dash_attribute(std::size_t series);

}  // namespace fno::report
