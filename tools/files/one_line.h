#pragma once

#include <string>
#include <string_view>

namespace fno {

/// Text of unknown origin fit for a line on a terminal: control characters, of which a name of a file may have any, as
/// \xNN. UTF-8 stays, but for its own control characters U+0080 to U+009F.
[[nodiscard]] inline std::string one_line(std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string line;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool first_of_two = byte == 0xC2 && i + 1 < text.size();
    const auto next = static_cast<unsigned char>(first_of_two ? text[i + 1] : 0);
    if (byte < 0x20 || byte == 0x7F || (next >= 0x80 && next < 0xA0)) {
      line += std::string("\\x") + kHex[byte >> 4] + kHex[byte & 15];
      if (next >= 0x80 && next < 0xA0) {
        line += std::string("\\x") + kHex[next >> 4] + kHex[next & 15];
        ++i;
      }
    } else {
      line += text[i];
    }
  }
  return line;
}

}  // namespace fno
