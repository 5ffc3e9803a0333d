#include "tools/report/image.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>

#include "framework/error.h"
#include "tests/tools/report/png_reader.h"

namespace fno::report {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();

TEST(Png, ComesBackThroughLibpng) {
  Image image(37, 11);
  for (int y = 0; y < 11; ++y)
    for (int x = 0; x < 37; ++x)
      image.set(
          x, y,
          {static_cast<std::uint8_t>(x * 6), static_cast<std::uint8_t>(y * 20), static_cast<std::uint8_t>(x * y)});
  const Image back = test::read_png(encode_png(image));
  EXPECT_EQ(back.width, 37);
  EXPECT_EQ(back.height, 11);
  EXPECT_EQ(back.rgb, image.rgb);
}

TEST(Render, PutsRowZeroAtTheTopAndColoursByTheLimits) {
  const Field field{2, 3, {0, 1, 2, 3, 4, 5}};
  const Image image = render(field, Colormap::viridis, {0, 5});
  ASSERT_EQ(image.width, 3);
  ASSERT_EQ(image.height, 2);
  EXPECT_EQ(image.at(0, 0), (Rgb{68, 1, 84}));     // viridis begins so
  EXPECT_EQ(image.at(2, 1), (Rgb{253, 231, 37}));  // and ends so
  EXPECT_EQ(image.at(2, 0), color_at(Colormap::viridis, 2 / 5.0));
  EXPECT_EQ(image.at(0, 1), color_at(Colormap::viridis, 3 / 5.0));
}

TEST(Render, EnlargesToSquaresOfOneColour) {
  const Field field{2, 3, {0, 1, 2, 3, 4, 5}};
  const Image small = render(field, Colormap::magma, {0, 5}), large = render(field, Colormap::magma, {0, 5}, 10);
  ASSERT_EQ(large.width, 12);  // the least multiple of 3 that is 10 or more
  ASSERT_EQ(large.height, 8);
  for (int y = 0; y < 8; ++y)
    for (int x = 0; x < 12; ++x) EXPECT_EQ(large.at(x, y), small.at(x / 4, y / 4));
}

TEST(Render, ThinsFieldsThatAreTooLarge) {
  Field field{5, 9, {}};
  for (int i = 0; i < 45; ++i) field.values.push_back(static_cast<float>(i));
  const Image image = render(field, Colormap::viridis, {0, 44}, 1, 4);
  ASSERT_EQ(image.width, 3);
  ASSERT_EQ(image.height, 2);
  EXPECT_EQ(image.at(1, 1), color_at(Colormap::viridis, 30 / 44.0));  // row 3, column 3
}

TEST(Render, DrawsWhatIsNotFiniteGrey) {
  const Image image = render({1, 4, {kNan, kInf, -kInf, 1}}, Colormap::viridis, {0, 1});
  for (int x = 0; x < 3; ++x) EXPECT_EQ(image.at(x, 0), (Rgb{128, 128, 128}));
  EXPECT_EQ(image.at(3, 0), (Rgb{253, 231, 37}));
}

TEST(Render, TakesTheMiddleWhereLimitsCoincide) {
  const Image image = render({1, 1, {3}}, Colormap::diverging, {3, 3});
  EXPECT_EQ(image.at(0, 0), color_at(Colormap::diverging, 0.5));
}

TEST(Render, RefusesFieldsWhoseSizesDisagree) {
  try {
    (void)render({2, 2, {1, 2, 3}}, Colormap::viridis, {0, 1});
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::config);
    EXPECT_STREQ(error.what(), "picture: 2 rows x 2 columns need 4 values, got 3");
  }
  EXPECT_THROW((void)render({0, 2, {}}, Colormap::viridis, {0, 1}), Error);
}

TEST(FiniteRange, LeavesOutNanAndInfinity) {
  const Field field{1, 5, {kNan, 2, -kInf, -1, kInf}};
  EXPECT_EQ(finite_range(field), (Limits{-1, 2}));
  EXPECT_EQ(count_not_finite(field), 3u);
  EXPECT_FALSE(finite_range({1, 1, {kNan}}).has_value());
}

TEST(ColorBar, RunsThroughTheWholeMap) {
  const Image bar = render_color_bar(Colormap::magma, 64, 3);
  EXPECT_EQ(bar.at(0, 0), (Rgb{0, 0, 4}));
  EXPECT_EQ(bar.at(63, 2), (Rgb{252, 253, 191}));
}

TEST(Image, PastesInPlaceAndRefusesWhatDoesNotFit) {
  Image image(5, 4);
  image.paste(Image(2, 1, {9, 8, 7}), 3, 2);
  EXPECT_EQ(image.at(3, 2), (Rgb{9, 8, 7}));
  EXPECT_EQ(image.at(4, 2), (Rgb{9, 8, 7}));
  EXPECT_EQ(image.at(2, 2), (Rgb{255, 255, 255}));
  EXPECT_EQ(image.at(3, 3), (Rgb{255, 255, 255}));
  EXPECT_THROW(image.paste(Image(2, 1), 4, 0), Error);
  EXPECT_THROW(Image(0, 3), Error);
}

TEST(Base64, GivesTheVectorsOfRfc4648) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64("\xFB\xFF\xFE"), "+//+");
}

}  // namespace
}  // namespace fno::report
