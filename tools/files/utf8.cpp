#include "tools/files/utf8.h"

#include <cstddef>

namespace fno {
namespace {

bool is_scalar(char32_t point) { return point <= 0x10FFFF && (point < 0xD800 || point > 0xDFFF); }

}  // namespace

std::optional<std::u32string> from_utf8(std::string_view utf8) {
  std::u32string points;
  points.reserve(utf8.size());
  for (std::size_t i = 0; i < utf8.size();) {
    const auto lead = static_cast<unsigned char>(utf8[i++]);
    if (lead < 0x80) {
      points.push_back(lead);
      continue;
    }
    const int follow = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
    if (lead < 0xC0 || lead > 0xF7) return std::nullopt;
    char32_t point = lead & (0x3Fu >> follow);
    for (int k = 0; k < follow; ++k) {
      if (i == utf8.size()) return std::nullopt;
      const auto next = static_cast<unsigned char>(utf8[i++]);
      if ((next & 0xC0) != 0x80) return std::nullopt;
      point = (point << 6) | (next & 0x3F);
    }
    constexpr char32_t kSmallest[] = {0, 0x80, 0x800, 0x10000};  // below is an overlong form
    if (point < kSmallest[follow] || !is_scalar(point)) return std::nullopt;
    points.push_back(point);
  }
  return points;
}

std::optional<std::string> to_utf8(std::u32string_view points) {
  std::string utf8;
  for (const char32_t point : points) {
    if (!is_scalar(point)) return std::nullopt;
    const auto tail = [&](int shift) { utf8.push_back(static_cast<char>(0x80 | ((point >> shift) & 0x3F))); };
    if (point < 0x80) {
      utf8.push_back(static_cast<char>(point));
    } else if (point < 0x800) {
      utf8.push_back(static_cast<char>(0xC0 | (point >> 6)));
      tail(0);
    } else if (point < 0x10000) {
      utf8.push_back(static_cast<char>(0xE0 | (point >> 12)));
      tail(6);
      tail(0);
    } else {
      utf8.push_back(static_cast<char>(0xF0 | (point >> 18)));
      tail(12);
      tail(6);
      tail(0);
    }
  }
  return utf8;
}

}  // namespace fno
