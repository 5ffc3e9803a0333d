#include "tools/files/formats/listed_file.h"

#include <algorithm>

#include "framework/error.h"
#include "tools/files/in_quotes.h"

namespace fno {

void ListedFile::list(ArrayInfo array) {
  names_.push_back(array.name);
  arrays_.push_back(std::move(array));
}

std::size_t ListedFile::find(std::string_view name) const {
  if (name.starts_with('/')) name.remove_prefix(1);
  return static_cast<std::size_t>(std::ranges::find(names_, name) - names_.begin());
}

std::size_t ListedFile::index_of(std::string_view name) const {
  const std::size_t index = find(name);
  if (index == names_.size()) fail_missing(path_, name, names_);
  return index;
}

std::string ListedFile::where(std::size_t index) const { return path_ + ": array " + in_quotes(names_[index]); }

std::size_t ListedFile::readable(std::string_view name) const {
  const std::size_t index = index_of(name);
  require<ErrorKind::data>(arrays_[index].type.has_value(), where(index), ": type ",
                           in_quotes(arrays_[index].stored_type),
                           " is not supported; bool, (u)int8 to (u)int64, float16, float32, float64, complex64 and "
                           "complex128 are accepted");
  return index;
}

HostArray ListedFile::read(std::string_view name) const {
  const std::size_t index = readable(name);
  const std::vector<std::int64_t>& shape = arrays_[index].shape;
  return read_part(index, 0, shape.empty() ? 1 : shape[0]);
}

HostArray ListedFile::read_range(std::string_view name, std::int64_t first, std::int64_t count) const {
  const std::size_t index = readable(name);
  require_range(where(index), arrays_[index].shape, first, count);
  return read_part(index, first, count);
}

}  // namespace fno
