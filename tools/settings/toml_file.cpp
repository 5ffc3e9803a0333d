#include "tools/settings/toml_file.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string_view>
#include <toml++/toml.h>

#include "framework/error.h"
#include "tools/settings/setting_table.h"

namespace fno::settings {
namespace {

constexpr std::streamsize kLargestFile = 1 << 20;

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(static_cast<std::size_t>(kLargestFile) + 1, '\0');
  file.read(text.data(), kLargestFile + 1);
  // A folder opens and then fails to read; the end of a short file sets eof.
  require<ErrorKind::config>(file.is_open() && (file.eof() || file), "--config: found ", printable(path),
                             ", which cannot be read, accepted: a TOML file");
  require<ErrorKind::config>(file.gcount() <= kLargestFile, "--config: found ", printable(path),
                             ", which is above 1 MiB, accepted: a TOML file of settings");
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

Value value_of(const toml::node& node) {
  if (const auto* x = node.as_boolean()) return x->get();
  if (const auto* x = node.as_integer()) return x->get();
  if (const auto* x = node.as_floating_point()) return x->get();
  if (const auto* x = node.as_string()) return x->get();
  if (const auto* list = node.as_array()) {
    Numbers numbers;
    for (const toml::node& one : *list)
      if (const auto number = one.value<double>()) numbers.push_back(*number);
    if (numbers.size() == list->size() && numbers.size() > 1) return numbers;
  }
  return {};
}

std::string kind_of(const toml::node& node) {
  return node.is_array() ? "a list" : node.is_table() ? kEmptySection : "a date or time";
}

struct Place {
  FileEntry entry;
  toml::source_position at;
};

void flatten(const toml::table& table, const std::string& prefix, const std::string& path, std::vector<Place>& out) {
  for (const auto& [name, node] : table) {
    const std::string key = prefix + std::string(name.str());
    const auto* inner = node.as_table();
    if (inner != nullptr && !inner->empty()) {
      flatten(*inner, key + ".", path, out);
      continue;
    }
    const toml::source_position at = node.source().begin;
    std::ostringstream label;
    label << printable(path) << ":" << at.line << ": " << printable(key);
    out.push_back({{key, label.str(), value_of(node), kind_of(node)}, at});
  }
}

std::string quoted(const std::string& text) {
  std::ostringstream out;
  out << '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out << '\\' << c;
    } else if (byte < 0x20 || byte == 0x7f) {
      out << "\\u00"
          << "0123456789abcdef"[byte >> 4] << "0123456789abcdef"[byte & 15];
    } else {
      out << c;
    }
  }
  out << '"';
  return out.str();
}

std::string toml_text(const Value& value) {
  const std::string text = to_text(value);
  if (std::holds_alternative<std::string>(value)) return quoted(text);
  if (std::holds_alternative<Numbers>(value)) return "[" + text + "]";
  // Without a point or an exponent TOML reads an integer.
  if (std::holds_alternative<double>(value) && text.find_first_of(".e") == std::string::npos) return text + ".0";
  return text;
}

}  // namespace

std::vector<FileEntry> read_toml(const std::string& path) { return read_toml_text(read_text(path), path); }

std::vector<FileEntry> read_toml_text(const std::string& text, const std::string& name) {
  std::vector<Place> places;
  try {
    flatten(toml::parse(text, name), "", name, places);
  } catch (const toml::parse_error& error) {
    fail(ErrorKind::config, printable(name), ":", error.source().begin.line,
         ": not TOML: ", printable(error.description()));
  }
  std::stable_sort(places.begin(), places.end(), [](const Place& a, const Place& b) { return a.at < b.at; });
  std::vector<FileEntry> entries;
  for (Place& place : places) entries.push_back(std::move(place.entry));
  return entries;
}

std::string to_toml(const Settings& settings) {
  std::ostringstream out;
  std::string section;
  out << "# Every setting of this run. Start another one with: fno train --config THIS_FILE --output-dir NEW\n";
  for (const Row<Settings>& row : setting_rows(settings.run.task)) {
    if (!row.stored) continue;
    const std::size_t dot = row.key.find('.');
    const std::string name = row.key.substr(dot + 1);
    if (row.key.substr(0, dot) != section) {
      section = row.key.substr(0, dot);
      out << "\n[" << section << "]\n";
    }
    const Value value = row.get(settings);
    if (std::holds_alternative<std::monostate>(value)) {
      out << "# " << name << ": " << row.standard() << "\n";
    } else {
      out << name << " = " << toml_text(value) << "\n";
    }
  }
  return out.str();
}

}  // namespace fno::settings
