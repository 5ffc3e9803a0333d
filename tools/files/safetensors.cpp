#include "tools/files/safetensors.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>

#include "framework/error.h"
#include "tools/files/atomic_file.h"
#include "tools/files/in_quotes.h"
#include "tools/files/input_file.h"
#include "tools/files/little_endian.h"

namespace fno {
namespace {

using Json = nlohmann::json;

constexpr ErrorKind kKind = ErrorKind::checkpoint;
constexpr std::string_view kMetadata = "__metadata__";
constexpr std::string_view kAccepted = "BOOL, U8 to U64, I8 to I64 and F16 to F64 are accepted";

constexpr struct {
  std::string_view name;
  HostType type;
} kTypes[] = {{"BOOL", HostType::boolean}, {"U8", HostType::u8},   {"I8", HostType::i8},   {"U16", HostType::u16},
              {"I16", HostType::i16},      {"U32", HostType::u32}, {"I32", HostType::i32}, {"U64", HostType::u64},
              {"I64", HostType::i64},      {"F16", HostType::f16}, {"F32", HostType::f32}, {"F64", HostType::f64}};

std::optional<HostType> type_of(std::string_view name) {
  for (const auto& known : kTypes)
    if (known.name == name) return known.type;
  return std::nullopt;
}

std::optional<std::string_view> dtype_of(HostType type) {
  for (const auto& known : kTypes)
    if (known.type == type) return known.name;
  return std::nullopt;
}

/// JSON without repeated keys, which the library would let overwrite one another, and without deep nesting.
Json parse_json(std::string_view text, const std::string& path) {
  constexpr std::size_t kDeepest = 4;
  std::vector<std::set<std::string>> keys;
  const auto check = [&](int depth, Json::parse_event_t event, Json& parsed) {
    require<kKind>(static_cast<std::size_t>(depth) <= kDeepest, path, ": header is nested deeper than ", kDeepest);
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key) {
      const bool fresh = keys.back().insert(parsed.get_ref<const std::string&>()).second;
      require<kKind>(fresh, path, ": header has ", in_quotes(parsed.get_ref<const std::string&>()), " twice");
    }
    return true;
  };
  try {
    return Json::parse(text.begin(), text.end(), check);
  } catch (const Json::exception& error) {
    fail(kKind, path, ": header is not JSON: ", in_quotes(error.what()));
  }
}

std::map<std::string, std::string> metadata_of(const Json& json, const std::string& path) {
  require<kKind>(json.is_object(), path, ": ", kMetadata, " is not a map of texts");
  std::map<std::string, std::string> metadata;
  for (const auto& [key, value] : json.items()) {
    require<kKind>(value.is_string(), path, ": ", kMetadata, " ", in_quotes(key), " is not a text");
    metadata.emplace(key, value.get<std::string>());
  }
  return metadata;
}

/// A list of integers from 0 to 2^63 - 1.
std::vector<std::int64_t> integers_of(const Json& json, std::string_view key, const std::string& where) {
  bool ok = json.is_array();
  std::vector<std::int64_t> values;
  for (std::size_t i = 0; ok && i < json.size(); ++i) {
    constexpr std::uint64_t kLargest = INT64_MAX;
    ok = json[i].is_number_unsigned() && json[i].get<std::uint64_t>() <= kLargest;
    if (ok) values.push_back(json[i].get<std::int64_t>());
  }
  require<kKind>(ok, where, ": ", key, " is not a list of integers from 0 to 2^63 - 1");
  return values;
}

SafetensorsEntry entry_of(const std::string& name, const Json& json, std::uint64_t data_begin, std::uint64_t data_size,
                          const std::string& path) {
  const std::string where = path + ": array " + in_quotes(name);
  const bool complete = json.is_object() && json.size() == 3 && json.contains("dtype") && json.contains("shape") &&
                        json.contains("data_offsets") && json["dtype"].is_string();
  require<kKind>(complete, where, ": is not {dtype, shape, data_offsets}");
  const auto& dtype = json["dtype"].get_ref<const std::string&>();
  const auto type = type_of(dtype);
  require<kKind>(type.has_value(), where, ": dtype is ", in_quotes(dtype), "; ", kAccepted);
  auto shape = integers_of(json["shape"], "shape", where);
  require<kKind>(shape.size() <= kMaxHostAxes, where, ": has ", shape.size(), " axes; at most ", kMaxHostAxes,
                 " are accepted");
  const auto offsets = integers_of(json["data_offsets"], "data_offsets", where);
  require<kKind>(offsets.size() == 2 && offsets[0] <= offsets[1] && static_cast<std::uint64_t>(offsets[1]) <= data_size,
                 where, ": data_offsets ", host_shape_text(offsets), " are not a range within ", data_size, " bytes");
  const auto bytes = checked_bytes(*type, 0, shape);
  require<kKind>(bytes.has_value(), where, ": shape ", host_shape_text(shape), " of ", dtype,
                 " is larger than any file");
  require<kKind>(*bytes == offsets[1] - offsets[0], where, ": shape ", host_shape_text(shape), " of ", dtype, " needs ",
                 *bytes, " bytes, data_offsets span ", offsets[1] - offsets[0]);
  return {name, *type, std::move(shape), data_begin + static_cast<std::uint64_t>(offsets[0]),
          data_begin + static_cast<std::uint64_t>(offsets[1])};
}

/// Entries sorted by place.
void check_cover(const std::vector<SafetensorsEntry>& entries, std::uint64_t begin, std::uint64_t end,
                 const std::string& path) {
  for (const SafetensorsEntry& entry : entries) {
    require<kKind>(entry.begin == begin, path, ": array ", in_quotes(entry.name), ": begins at byte ", entry.begin,
                   entry.begin < begin ? " inside the array before, which ends at byte "
                                       : " and leaves a gap after the array before, which ends at byte ",
                   begin);
    begin = entry.end;
  }
  require<kKind>(begin == end, path, ": arrays end at byte ", begin, ", the file has ", end, " bytes");
}

SafetensorsHeader read_header(const InputFile& file) {
  constexpr std::uint64_t kPrefix = 8;
  const std::string& path = file.path();
  require<kKind>(file.size() >= kPrefix, path, ": has ", file.size(), " bytes, too few for a safetensors file");
  std::byte prefix[kPrefix];
  file.read_at(0, prefix);
  const auto length = load_le<std::uint64_t>(prefix);
  const std::uint64_t room = std::min(file.size() - kPrefix, kMaxSafetensorsHeader);
  require<kKind>(length <= room, path, ": header claims ", length, " bytes; at most ", room, " are accepted");
  std::string text(length, '\0');
  file.read_at(kPrefix, std::as_writable_bytes(std::span(text)));
  require<kKind>(text.starts_with('{'), path, ": header does not begin with '{': not a safetensors file");
  const Json json = parse_json(text, path);
  const std::uint64_t begin = kPrefix + length, size = file.size() - begin;
  SafetensorsHeader header;
  for (const auto& [name, value] : json.items()) {
    if (name == kMetadata) {
      header.metadata = metadata_of(value, path);
    } else {
      header.entries.push_back(entry_of(name, value, begin, size, path));
    }
  }
  std::sort(header.entries.begin(), header.entries.end(), [](const SafetensorsEntry& a, const SafetensorsEntry& b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  check_cover(header.entries, begin, file.size(), path);
  return header;
}

void check_for_writing(const std::string& path, std::span<const NamedArray> arrays) {
  std::set<std::string_view> names;
  for (const auto& [name, array] : arrays) {
    const std::string where = path + ": array " + in_quotes(name);
    require<kKind>(!name.empty() && name != kMetadata, where, ": name is empty or reserved");
    require<kKind>(names.insert(name).second, where, ": name is used twice");
    require<kKind>(dtype_of(array.type).has_value(), where, ": type is ", name_of(array.type), "; ", kAccepted);
    const auto bytes = checked_bytes(array.type, 0, array.shape);
    require<kKind>(bytes && static_cast<std::uint64_t>(*bytes) == array.bytes.size(), where, ": shape ",
                   host_shape_text(array.shape), " of ", name_of(array.type), " does not fit ", array.bytes.size(),
                   " bytes");
  }
}

std::string header_text(const std::string& path, std::span<const NamedArray> arrays,
                        const std::vector<std::uint64_t>& begins, const std::map<std::string, std::string>& metadata) {
  auto json = nlohmann::ordered_json::object();
  if (!metadata.empty()) json[std::string(kMetadata)] = metadata;
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    const auto& [name, array] = arrays[i];
    json[name] = {{"dtype", *dtype_of(array.type)},
                  {"shape", array.shape},
                  {"data_offsets", {begins[i], begins[i] + array.bytes.size()}}};
  }
  std::string text;
  try {
    text = json.dump();
  } catch (const Json::exception& error) {
    fail(kKind, path, ": a name or the metadata is not UTF-8: ", in_quotes(error.what()));
  }
  text.append((8 - text.size() % 8) % 8, ' ');
  require<kKind>(text.size() <= kMaxSafetensorsHeader, path, ": header has ", text.size(), " bytes; at most ",
                 kMaxSafetensorsHeader, " are accepted");
  return text;
}

}  // namespace

SafetensorsHeader read_safetensors_header(const std::string& path) { return read_header(InputFile(path, kKind)); }

SafetensorsReader::SafetensorsReader(const std::string& path) : file_(path, kKind), header_(read_header(file_)) {
  for (const SafetensorsEntry& entry : header_.entries) names_.push_back(entry.name);
}

bool SafetensorsReader::contains(std::string_view name) const {
  return std::ranges::find(names_, name) != names_.end();
}

const SafetensorsEntry& SafetensorsReader::entry(std::string_view name) const {
  const auto found = std::ranges::find(header_.entries, name, &SafetensorsEntry::name);
  require<kKind>(found != header_.entries.end(), path(), ": array ", in_quotes(name), " is missing");
  return *found;
}

ArrayInfo SafetensorsReader::info(std::string_view name) const {
  const SafetensorsEntry& e = entry(name);
  return {e.name, std::string(*dtype_of(e.type)), e.type, e.shape};
}

HostArray SafetensorsReader::read(std::string_view name) const {
  const SafetensorsEntry& e = entry(name);
  return {e.type, e.shape, raw(name), 0};
}

HostArray SafetensorsReader::read_range(std::string_view name, std::int64_t first, std::int64_t count) const {
  const SafetensorsEntry& e = entry(name);
  require_range(path() + ": array " + in_quotes(name), e.shape, first, count);
  const auto rows = static_cast<std::uint64_t>(std::max<std::int64_t>(e.shape[0], 1));
  const std::uint64_t row = (e.end - e.begin) / rows;
  HostArray array{e.type, e.shape, std::vector<std::byte>(static_cast<std::uint64_t>(count) * row), 0};
  array.shape[0] = count;
  file_.read_at(e.begin + static_cast<std::uint64_t>(first) * row, array.bytes);
  return array;
}

std::vector<std::byte> SafetensorsReader::raw(std::string_view name) const {
  const SafetensorsEntry& e = entry(name);
  std::vector<std::byte> bytes(e.end - e.begin);
  file_.read_at(e.begin, bytes);
  return bytes;
}

SafetensorsFile read_safetensors(const std::string& path) {
  const SafetensorsReader file(path);
  SafetensorsFile result{{}, file.metadata()};
  for (const std::string& name : file.names()) result.arrays.push_back({name, file.read(name)});
  return result;
}

void write_safetensors(const std::string& path, std::span<const NamedArray> arrays,
                       const std::map<std::string, std::string>& metadata) {
  check_for_writing(path, arrays);
  std::vector<std::size_t> order(arrays.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return size_of(arrays[a].array.type) > size_of(arrays[b].array.type);
  });
  std::vector<std::uint64_t> begins(arrays.size());
  std::uint64_t at = 0;
  for (const std::size_t i : order) {
    begins[i] = at;
    at += arrays[i].array.bytes.size();
  }
  const std::string text = header_text(path, arrays, begins, metadata);
  std::vector<std::byte> head;
  append_le<std::uint64_t>(head, text.size());
  append_text(head, text);
  AtomicFile file(path);
  file.write(head);
  for (const std::size_t i : order) file.write(arrays[i].array.bytes);
  file.commit();
}

}  // namespace fno
