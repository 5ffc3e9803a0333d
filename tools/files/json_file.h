#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace fno {

/// Keys stay in the order in which they were put.
using Json = nlohmann::ordered_json;

/// The object that a file of at most 1 GiB holds. Errors: data, naming the file, if it is missing or holds none.
[[nodiscard]] Json read_json(const std::string& path);

/// The object of a file; an empty one if the file is absent or holds none.
[[nodiscard]] Json read_json_if_any(const std::string& path);

/// As text; bytes that are not UTF-8 become U+FFFD.
[[nodiscard]] std::string json_text(const Json& value);

/// Writes the text with a line end, atomically. Errors: storage.
void write_json(const std::string& path, const Json& value);

}  // namespace fno
