#include "tools/report/bitmap_text.h"

#include <gtest/gtest.h>
#include <set>
#include <string>

namespace fno::report {
namespace {

constexpr Rgb kBlack{0, 0, 0};

// The picture as lines of '#' and '.'.
std::string drawn(std::string_view text, int width, int height, int scale = 1) {
  Image image(width, height);
  draw_text(image, 0, 0, text, scale, kBlack);
  std::string out;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) out += image.at(x, y) == kBlack ? '#' : '.';
    out += '\n';
  }
  return out;
}

TEST(BitmapText, DrawsReadableLetters) {
  EXPECT_EQ(drawn("Hp", 11, 9),
            "#...#......\n"
            "#...#......\n"
            "#...#.#.##.\n"
            "#####.##..#\n"
            "#...#.#...#\n"
            "#...#.#...#\n"
            "#...#.####.\n"
            "......#....\n"
            "......#....\n");
}

TEST(BitmapText, TellsAllCharactersApart) {
  std::set<std::string> shapes;
  for (char c = ' '; c <= '~'; ++c) shapes.insert(drawn(std::string(1, c), 6, 9));
  EXPECT_EQ(shapes.size(), 95u);
}

TEST(BitmapText, ScalesByWholeSquares) {
  const std::string one = drawn("3", 5, 9), two = drawn("3", 10, 18, 2);
  for (std::size_t y = 0; y < 18; ++y)
    for (std::size_t x = 0; x < 10; ++x) EXPECT_EQ(two[y * 11 + x], one[y / 2 * 6 + x / 2]);
}

TEST(BitmapText, CutsOffAtTheEdgeOfTheImage) {
  Image image(7, 5);
  draw_text(image, -3, -2, "MMM", 2, kBlack);
  draw_text(image, 5, 3, "M", 1, kBlack);
  EXPECT_EQ(image.at(5, 3), kBlack);
}

TEST(BitmapText, FitsTextIntoAWidth) {
  EXPECT_EQ(text_width("abc", 2), 34);
  EXPECT_EQ(text_width("", 2), 0);
  EXPECT_EQ(fit_text("abc", 34, 2), "abc");
  EXPECT_EQ(fit_text("abcdef", 5 * 6, 1), "abc..");
  EXPECT_EQ(fit_text("‖u‖", 100, 1), "?u?");  // one '?' a character, not a byte
}

}  // namespace
}  // namespace fno::report
