#pragma once

#include <string>
#include <string_view>

#include "tools/report/image.h"

namespace fno::report {

/// Width in pixels of `text` at `scale`, without the gap after the last letter: 6 · scale a letter, less scale.
[[nodiscard]] int text_width(std::string_view text, int scale);

/// Height in pixels of a line at `scale`, descenders included: 9 · scale.
[[nodiscard]] int text_height(int scale);

/// `text` shortened with ".." so that it is at most `width` pixels wide.
[[nodiscard]] std::string fit_text(std::string_view text, int width, int scale);

/// Draws ASCII in letters of 5 x 7 squares with the top left at (x, y); what would fall outside the image is cut off.
/// Characters outside ASCII are drawn as one '?' each.
void draw_text(Image& image, int x, int y, std::string_view text, int scale, Rgb color);

}  // namespace fno::report
