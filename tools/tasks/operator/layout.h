#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tools/files/host_array.h"

namespace fno::operators {

/// The axes of an array in their order, a letter each: n samples, c channels, t time, h w d space. n and c may be
/// absent: one sample, one channel.
using Layout = std::string;

/// Whether a text names axes: letters as above, each once, blanks and commas between them allowed, at least one of t h
/// w d among them.
[[nodiscard]] bool is_layout(const std::string& text);
inline constexpr const char* kLayoutWanted =
    "axes as letters, each once: n samples, c channels, t time, h w d space, such as nchw or n h w";

/// The letters alone. `text` must be a layout.
[[nodiscard]] Layout layout_of(const std::string& text);

/// (samples, channels, n1 …) of an array with so many axes, 3 to 5: nch, nchw, nchwd.
[[nodiscard]] Layout standard_layout(std::size_t axes);

/// The letters of the grid, in their order.
[[nodiscard]] std::string grid_letters(const Layout& layout);

/// Back again: an array (samples, channels, grid in the order of `grid`) with its axes as the layout has them. What
/// the layout leaves out has one entry.
[[nodiscard]] HostArray laid_out(HostArray array, const Layout& layout, const std::string& grid);

/// Letters of a grid, in the order wanted, and how many points along each of them make one: 0, k, 2k … are taken.
struct GridAxes {
  std::string letters;
  std::vector<std::int64_t> stride;  ///< one a letter
  bool states = false;               ///< time is none of them: each of its points is a sample of its own
};

/// The array as (samples, channels, grid), absent axes added. `layout` has a letter for each axis; a last axis beyond
/// it, real and imaginary part, becomes channels: the two of a number beside each other.
[[nodiscard]] HostArray arranged(HostArray array, Layout layout, const GridAxes& grid);

}  // namespace fno::operators
