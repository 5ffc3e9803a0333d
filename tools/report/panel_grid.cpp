#include "tools/report/panel_grid.h"

#include <algorithm>

#include "framework/error.h"
#include "tools/report/bitmap_text.h"
#include "tools/report/text.h"

namespace fno::report {
namespace {

constexpr int kPictureWidth = 320, kTextScale = 2, kGap = 20, kSmallGap = 6, kBarHeight = 12;
constexpr Rgb kInk{28, 33, 40};

Image draw_panel(const GridPanel& panel) {
  const Image picture = render(panel.field, panel.colormap, panel.limits, kPictureWidth);
  const int line = text_height(kTextScale), width = std::max(picture.width, kPictureWidth);
  Image cell(width, 3 * line + picture.height + kBarHeight + 4 * kSmallGap);
  int y = 0;
  for (const std::string& text : {panel.title, panel.subtitle}) {
    draw_text(cell, 0, y, fit_text(text, width, kTextScale), kTextScale, kInk);
    y += line + kSmallGap;
  }
  cell.paste(picture, 0, y);
  y += picture.height + kSmallGap;
  cell.paste(render_color_bar(panel.colormap, width, kBarHeight), 0, y);
  y += kBarHeight + kSmallGap;
  const std::string low = format_number(panel.limits.low, 3);
  const std::string high = format_number(panel.limits.high, 3);
  draw_text(cell, 0, y, low, kTextScale, kInk);
  draw_text(cell, width - text_width(high, kTextScale), y, high, kTextScale, kInk);
  return cell;
}

}  // namespace

Image draw_panel_grid(const std::string& title, const std::vector<std::vector<GridPanel>>& rows) {
  std::vector<std::vector<Image>> cells;
  const int head = title.empty() ? 0 : text_height(kTextScale) + kGap;
  int width = 0, height = kGap + head;
  for (const auto& row : rows) {
    cells.emplace_back();
    int row_width = kGap, row_height = 0;
    for (const GridPanel& panel : row) {
      cells.back().push_back(draw_panel(panel));
      row_width += cells.back().back().width + kGap;
      row_height = std::max(row_height, cells.back().back().height);
    }
    width = std::max(width, row_width);
    height += row_height + kGap;
  }
  require<ErrorKind::config>(width > kGap, "figure '", title, "' has no panels, at least one is needed");
  Image image(width, height);
  draw_text(image, kGap, kGap, fit_text(title, width - 2 * kGap, kTextScale), kTextScale, kInk);
  int y = kGap + head;
  for (const auto& row : cells) {
    int x = kGap, tallest = 0;
    for (const Image& cell : row) {
      image.paste(cell, x, y);
      x += cell.width + kGap;
      tallest = std::max(tallest, cell.height);
    }
    y += tallest + kGap;
  }
  return image;
}

}  // namespace fno::report
