#include "tools/commands/extents.h"

#include <algorithm>

#include "framework/error.h"

namespace fno {

settings::Rule extents_rule() {
  return settings::text(settings::not_empty, "1 to 3 numbers of points with commas or x between");
}

std::vector<std::int64_t> extents(const std::string& text, const std::string& label) {
  std::vector<std::int64_t> result;
  for (std::size_t first = 0; first <= text.size();) {
    const std::size_t end = std::min(text.find_first_of(",x", first), text.size());
    result.push_back(
        std::get<std::int64_t>(settings::parse(settings::integer(1, 65536), text.substr(first, end - first), label)));
    first = end + 1;
  }
  require<ErrorKind::config>(result.size() <= 3, label, ": found ", result.size(), " axes, accepted: 1 to 3");
  return result;
}

}  // namespace fno
