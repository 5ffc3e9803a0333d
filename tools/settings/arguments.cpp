#include "tools/settings/arguments.h"

#include <algorithm>
#include <string_view>

#include "framework/error.h"
#include "tools/settings/suggest.h"

namespace fno::settings {
namespace {

constexpr std::string_view kTorch = "torch-";

const RowInfo* find_flag(const std::vector<RowInfo>& rows, std::string_view name) {
  const bool torch = name.starts_with(kTorch);
  const std::string bare(torch ? name.substr(kTorch.size()) : name);
  for (const RowInfo& row : rows) {
    if (row.positional || (torch && !row.torch_prefix)) continue;
    const auto& aliases = row.aliases;
    if (row.name() == bare || std::find(aliases.begin(), aliases.end(), bare) != aliases.end()) return &row;
  }
  return nullptr;
}

const RowInfo* find_positional(const std::vector<RowInfo>& rows) {
  const auto found = std::find_if(rows.begin(), rows.end(), [](const RowInfo& row) { return row.positional; });
  return found == rows.end() ? nullptr : &*found;
}

[[noreturn]] void refuse_unknown(const std::string& command, const std::vector<RowInfo>& rows, std::string_view name) {
  const bool torch = name.starts_with(kTorch);
  const std::string near = nearest_name(torch ? name.substr(kTorch.size()) : name, flag_names(rows));
  fail(ErrorKind::config, command, ": unknown flag --", printable(name), "; did you mean --", near, "?");
}

// Adds an argument, or settles it with an earlier one of the same row.
void add(std::vector<Given>& all, const RowInfo& row, Given next) {
  const auto earlier = std::find_if(all.begin(), all.end(), [&](const Given& g) { return g.key == row.key; });
  if (earlier == all.end() || row.repeatable) {
    all.push_back(std::move(next));
    return;
  }
  const auto is_torch = [](const Given& g) { return g.label.starts_with("--torch-"); };
  const bool settled = row.torch_wins && is_torch(*earlier) != is_torch(next);
  require<ErrorKind::config>(settled, next.label, ": found ", printable(next.text), " after ", earlier->label, " ",
                             printable(earlier->text), ", accepted: the setting once");
  if (is_torch(next)) *earlier = std::move(next);
}

}  // namespace

const Given* find(const std::vector<Given>& given, const std::string& key) {
  const auto found = std::find_if(given.begin(), given.end(), [&](const Given& g) { return g.key == key; });
  return found == given.end() ? nullptr : &*found;
}

std::vector<std::string> flag_names(const std::vector<RowInfo>& rows) {
  std::vector<std::string> names;
  for (const RowInfo& row : rows) {
    if (row.positional || row.refused) continue;
    names.push_back(row.name());
    names.insert(names.end(), row.aliases.begin(), row.aliases.end());
  }
  return names;
}

std::vector<Given> read_arguments(const std::string& command, const std::vector<RowInfo>& rows,
                                  std::span<const std::string> arguments) {
  std::vector<Given> all;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i] == "-h" ? "--help" : arguments[i];
    if (!argument.starts_with("--")) {
      const RowInfo* row = find_positional(rows);
      const bool free = row != nullptr && (row->repeatable || find(all, row->key) == nullptr);
      require<ErrorKind::config>(
          free, command, ": found ", argument.empty() ? "an empty text" : printable(argument),
          " where a flag belongs, accepted: ", row != nullptr ? "one " + row->label() + " and " : "", "--flag value");
      all.push_back({row->key, row->label(), argument});
      continue;
    }
    const std::size_t equals = std::min(argument.find('='), argument.size());
    const std::string name = argument.substr(2, equals - 2);
    const RowInfo* row = find_flag(rows, name);
    if (row == nullptr) refuse_unknown(command, rows, name);
    Given next{row->key, "--" + name, "true"};
    if (equals < argument.size()) {
      next.text = argument.substr(equals + 1);
    } else if (!row->is_switch()) {
      const bool follows = i + 1 < arguments.size() && !arguments[i + 1].starts_with("--");
      require<ErrorKind::config>(follows, next.label, ": found no value, accepted: ", accepted(row->rule));
      next.text = arguments[++i];
    }
    add(all, *row, std::move(next));
  }
  return all;
}

}  // namespace fno::settings
