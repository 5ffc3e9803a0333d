#include "tools/files/utf8.h"

#include <gtest/gtest.h>

namespace fno {
namespace {

// Oracle: the compiler's own encoding of the same literals.
TEST(Utf8, AgreesWithTheCompilerAtTheEdgesOfEachLength) {
  const std::u32string points = U"\u007f\u0080\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0010ffff";
  const std::string utf8 = "\u007f\u0080\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0010ffff";
  EXPECT_EQ(to_utf8(points), utf8);
  EXPECT_EQ(from_utf8(utf8), points);
  EXPECT_EQ(from_utf8(""), U"");
}

TEST(Utf8, RefusesWhatTheStandardForbids) {
  for (const char* text : {"\x80", "\xc3", "\xc3(", "\xc0\x80", "\xe0\x80\x80", "\xf0\x80\x80\x80", "\xed\xa0\x80",
                           "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xff"})
    EXPECT_FALSE(from_utf8(text)) << text;
  EXPECT_FALSE(to_utf8(std::u32string{0xD800}));
  EXPECT_FALSE(to_utf8(std::u32string{0x110000}));
}

}  // namespace
}  // namespace fno
