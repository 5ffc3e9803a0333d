#include "tools/commands/extents.h"

#include <charconv>

namespace fno {

std::vector<std::int64_t> extents(const std::string& text) {
  constexpr std::int64_t kMost = 65536;
  std::vector<std::int64_t> result;
  for (const char *at = text.data(), *const end = at + text.size();; ++at) {
    std::int64_t& n = result.emplace_back();
    const auto read = std::from_chars(at, end, n);
    if (read.ec != std::errc() || n < 1 || n > kMost || result.size() > 3) return {};
    at = read.ptr;
    if (at == end) return result;
    if (*at != 'x' && *at != ',') return {};
  }
}

settings::Rule extents_rule() {
  return settings::text([](const std::string& text) { return !extents(text).empty(); },
                        "1 to 3 numbers of points, each from 1 to 65536, as 64x64 or 64,64");
}

}  // namespace fno
