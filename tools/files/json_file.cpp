#include "tools/files/json_file.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "tools/files/atomic_file.h"

namespace fno {

Json read_json(const std::string& path) {
  constexpr std::uint64_t kLargest = std::uint64_t{1} << 30;
  const std::vector<std::byte> bytes = read_whole_file(path, kLargest);
  const auto* text = reinterpret_cast<const char*>(bytes.data());
  Json json = Json::parse(text, text + bytes.size(), nullptr, false);
  require<ErrorKind::data>(json.is_object(), path, ": found ", json.is_discarded() ? "no valid JSON" : json.type_name(),
                           ", accepted: a JSON object");
  return json;
}

Json read_json_if_any(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  Json json = in.is_open() ? Json::parse(in, nullptr, false) : Json::object();
  return json.is_object() ? json : Json::object();
}

std::string json_text(const Json& value) { return value.dump(2, ' ', false, Json::error_handler_t::replace); }

void write_json(const std::string& path, const Json& value) { write_file_atomic(path, json_text(value) + "\n"); }

}  // namespace fno
