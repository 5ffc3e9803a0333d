#include "tools/settings/value.h"

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <random>

#include "tests/tools/settings/support.h"

namespace fno::settings {
namespace {

double real(const std::string& text) { return std::get<double>(parse(at_least(-kLargest), text, "x")); }

TEST(Value, ReadsNumbersAsTheCompilerDoes) {
  EXPECT_EQ(real("1e-3"), 1e-3);
  EXPECT_EQ(real("0.1"), 0.1);
  EXPECT_EQ(real("-5"), -5.0);
  EXPECT_EQ(std::get<std::int64_t>(parse(integer(0, 1e6), "0042", "x")), 42);
  EXPECT_EQ(std::get<Interval>(parse(positive_interval(), "3,12.5", "x")), (Interval{3, 12.5}));
}

TEST(Value, TakesNumbersWholeOrNotAtAll) {
  for (const char* text :
       {"", " 1", "1 ", "1e-3x", "nan", "inf", "-inf", "1e999", "1e-999", "0x10", "1,0", "+1", "--1"})
    EXPECT_THROW((void)real(text), Error) << text;
  for (const char* text : {"", "1.0", "1e3", "99999999999999999999", "9223372036854775808", "-1", "seven"})
    EXPECT_THROW((void)parse(integer(0, 9e18), text, "x"), Error) << text;
  for (const char* text : {"3", "3,", ",12", "3,12,1", "12,3", "0,3", "-1,3", "3,inf", "3;12"})
    EXPECT_THROW((void)parse(positive_interval(), text, "x"), Error) << text;
}

TEST(Value, RangesExcludeTheirOpenEnds) {
  EXPECT_THROW((void)parse(above(0), "0", "x"), Error);
  EXPECT_THROW((void)parse(between_open(0, 1), "1", "x"), Error);
  EXPECT_EQ(std::get<double>(parse(between_open(0, 1), "0", "x")), 0.0);
  EXPECT_EQ(std::get<double>(parse(between(0, 1), "1", "x")), 1.0);
  EXPECT_THROW((void)parse(between(0, 1), "1.0000000000000002", "x"), Error);
}

TEST(Value, DevicesAreSpelledInFiveWays) {
  for (const char* text : {"auto", "cpu", "cuda", "cuda:0", "cuda:12", "cuda-emulated"})
    EXPECT_EQ(std::get<std::string>(parse(device(), text, "x")), text);
  for (const char* text : {"", "gpu", "CPU", "cuda:", "cuda:x", "cuda:-1", "cuda:1 ", "cuda0", "cpu:0", "cuda:1000"})
    EXPECT_THROW((void)parse(device(), text, "x"), Error) << text;
}

TEST(Value, PathsAreUtf8) {
  const std::string good[] = {"a b", "\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "line\nbreak"};
  // A lone byte, a cut sequence, an overlong slash, a surrogate, above U+10FFFF, a NUL.
  const std::string bad[] = {"", "\xFF", "a\xC3", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", {"a\0b", 3}};
  for (const std::string& text : good) EXPECT_EQ(std::get<std::string>(parse(path(), text, "x")), text);
  for (const std::string& text : bad) EXPECT_THROW((void)parse(path(), text, "x"), Error);
}

TEST(Value, PathsBeginAtHome) {
  const std::string home = "/home/somebody";
  ASSERT_EQ(setenv("HOME", home.c_str(), 1), 0);
  const auto from_flag = [](const char* text) { return std::get<std::string>(parse(path(), text, "--output-dir")); };
  EXPECT_EQ(from_flag("~/x"), home + "/x");
  EXPECT_EQ(from_flag("~"), home);
  EXPECT_EQ(std::get<std::string>(check(path(), std::string("~/x"), "a.toml")), home + "/x");
  for (const char* text : {"~x", "./~/x", "x/~", "a~"}) EXPECT_EQ(from_flag(text), text);
  EXPECT_EQ(std::get<std::string>(parse(text(not_empty, "a name"), "~/x", "--x-name")), "~/x");
}

TEST(Value, TextOfARealReadsBackBitForBit) {
  std::mt19937_64 bits(7);
  for (int i = 0; i < 20000; ++i) {
    const std::uint64_t pattern = bits();
    double x = 0;
    std::memcpy(&x, &pattern, sizeof x);
    if (!(std::abs(x) <= kLargest)) continue;
    EXPECT_EQ(std::strtod(to_text(x).c_str(), nullptr), x);
    EXPECT_EQ(real(to_text(x)), x);
  }
}

TEST(Value, MessagesStayOnOneLine) {
  EXPECT_EQ(printable("a\nb\x1b[31m\x7f"), "a\\x0ab\\x1b[31m\\x7f");
  EXPECT_EQ(printable(std::string(500, 'a')), std::string(120, 'a') + "...");
}

TEST(PerAxis, OneNumberOrOneAnAxis) {
  const Rule modes = per_axis(integer(1, 64)), padding = per_axis(between(0, 1));
  EXPECT_EQ(parse(modes, "8", "--m"), Value(std::int64_t{8}));
  EXPECT_EQ(parse(modes, "8,4,2", "--m"), Value(Numbers{8, 4, 2}));
  EXPECT_EQ(parse(padding, "0,0.5", "--p"), Value(Numbers{0, 0.5}));
  EXPECT_EQ(check(modes, Value(Numbers{8, 4}), "m"), Value(Numbers{8, 4}));
  EXPECT_EQ(to_text(Numbers{8, 4, 0.5}), "8,4,0.5");
  for (const char* wrong : {"8,", ",8", "8,0", "8,65", "8,1.5", "8,4,2,1", "8;4", "8,x"})
    EXPECT_THROW((void)parse(modes, wrong, "--m"), Error) << wrong;
  EXPECT_THROW((void)parse(integer(1, 64), "8,4", "--m"), Error);
  EXPECT_NE(accepted(modes).find("or one for each axis"), std::string::npos);
}

}  // namespace
}  // namespace fno::settings
