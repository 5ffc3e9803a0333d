#include "tools/report/text.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>

namespace fno::report {
namespace {

TEST(EscapeMarkup, TurnsTheFiveSpecialCharactersIntoEntities) {
  EXPECT_EQ(escape_markup("<a href=\"x\">b & 'c'</a>"), "&lt;a href=&quot;x&quot;&gt;b &amp; &#39;c&#39;&lt;/a&gt;");
  EXPECT_EQ(escape_markup("&amp;"), "&amp;amp;");
}

TEST(EscapeMarkup, KeepsUtf8AndLineBreaks) {
  const std::string text = "‖u‖₂ ≤ π\n\t𝜎 ψ̂";
  EXPECT_EQ(escape_markup(text), text);
}

TEST(EscapeMarkup, ReplacesWhatXmlForbids) {
  const std::string r = "\xEF\xBF\xBD";
  EXPECT_EQ(escape_markup(std::string_view("a\0b\x1B[1m\r", 8)), "a" + r + "b" + r + "[1m" + r);
  EXPECT_EQ(escape_markup("a\xFFz"), "a" + r + "z");            // no such byte in UTF-8
  EXPECT_EQ(escape_markup("\xC0\xAF"), r + r);                  // overlong '/'
  EXPECT_EQ(escape_markup("\xE0\x80\xBC"), r + r + r);          // overlong '<'
  EXPECT_EQ(escape_markup("\xE0\x9F\xBF"), r + r + r);          // U+07FF in three bytes
  EXPECT_EQ(escape_markup("\xF0\x8F\xBE\xBF"), r + r + r + r);  // U+FFBF in four bytes
  EXPECT_EQ(escape_markup("\xED\xA0\x80"), r + r + r);          // a surrogate
  EXPECT_EQ(escape_markup("\xEF\xBF\xBF"), r + r + r);          // U+FFFF
  EXPECT_EQ(escape_markup("\xF4\x90\x80\x80"), r + r + r + r);  // past U+10FFFF
  EXPECT_EQ(escape_markup("\xE2\x80<"), r + r + "&lt;");        // cut off before a '<'
  EXPECT_EQ(escape_markup("end\xE2"), "end" + r);
}

TEST(FormatNumber, IsShortAndKeepsTheSign) {
  EXPECT_EQ(format_number(0.012345), "0.01235");
  EXPECT_EQ(format_number(-2.5), "-2.5");
  EXPECT_EQ(format_number(1.5e-7), "1.5e-7");
  EXPECT_EQ(format_number(1e6), "1e6");
  EXPECT_EQ(format_number(-3e-12), "-3e-12");
  EXPECT_EQ(format_number(1e100), "1e100");
  EXPECT_EQ(format_number(-0.0), "0");
  EXPECT_EQ(format_number(123456, 6), "123456");
}

TEST(FormatScientific, TrimsZeros) {
  EXPECT_EQ(format_scientific(1e-4, 3), "1e-4");
  EXPECT_EQ(format_scientific(-1.5e6, 3), "-1.5e6");
  EXPECT_EQ(format_scientific(20, 1), "2e1");
  EXPECT_EQ(format_scientific(5, 3), "5");
  EXPECT_EQ(format_scientific(0, 3), "0");
}

TEST(FormatNumber, NamesWhatIsNotFinite) {
  EXPECT_EQ(format_number(std::nan("")), "NaN");
  EXPECT_EQ(format_number(std::numeric_limits<double>::infinity()), "inf");
  EXPECT_EQ(format_number(-std::numeric_limits<double>::infinity()), "-inf");
}

TEST(FileStem, CannotLeaveTheFolder) {
  EXPECT_EQ(file_stem("learning_rate-2"), "learning_rate-2");
  EXPECT_EQ(file_stem("../a b/ä"), "___a_b___");
  EXPECT_EQ(file_stem(""), "_");
}

}  // namespace
}  // namespace fno::report
