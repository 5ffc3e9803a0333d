#pragma once

#include <string>
#include <vector>

#include "tools/settings/settings.h"
#include "tools/settings/value.h"

namespace fno::settings {

/// How FileEntry::kind names a section without keys.
inline constexpr const char* kEmptySection = "an empty section";

/// One key of a file, or a section that has none.
struct FileEntry {
  std::string key;    ///< dotted: "optim.learning_rate"
  std::string label;  ///< "a.toml:3: optim.learning_rate"
  Value value;        ///< not set where no setting has such values
  std::string kind;   ///< then what it is, in words: "a list"
};

/// The keys of a TOML file in the order of their lines. Knows nothing about which keys exist.
/// Errors   config: absent, unreadable, above 1 MiB, or not TOML (with the line).
[[nodiscard]] std::vector<FileEntry> read_toml(const std::string& path);

/// The same of a text that came from elsewhere; `name` begins the messages.
[[nodiscard]] std::vector<FileEntry> read_toml_text(const std::string& text, const std::string& name);

/// The settings as TOML, one line each, with what was not set as a comment. Reads back to the same settings, floats
/// bit for bit. `force` is left out: a stored file must not give permission to delete.
[[nodiscard]] std::string to_toml(const Settings& settings);

}  // namespace fno::settings
