#include "tools/files/array_file.h"

#include <algorithm>

#include "framework/error.h"
#include "tools/files/in_quotes.h"

namespace fno {

void fail_missing(const std::string& path, std::string_view name, std::span<const std::string> names) {
  constexpr std::size_t kMostListed = 12;
  std::string list;
  for (const std::string& held : names.first(std::min(names.size(), kMostListed)))
    list += (list.empty() ? "" : ", ") + in_quotes(held);
  if (names.size() > kMostListed) list += ", ...";
  fail(ErrorKind::data, path, ": array ", in_quotes(name), " is missing; the file holds ",
       names.empty() ? "no arrays" : list);
}

void require_range(const std::string& where, std::span<const std::int64_t> shape, std::int64_t first,
                   std::int64_t count) {
  require<ErrorKind::data>(!shape.empty(), where, ": is a single value, which has no range of samples");
  require<ErrorKind::data>(first >= 0 && count >= 0 && first <= shape[0] && count <= shape[0] - first, where,
                           ": found no ", count, " samples from ", first, " on, accepted: a range within ", shape[0]);
}

}  // namespace fno
