#pragma once

#include <any>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/network_config.h"
#include "tools/settings/row.h"
#include "tools/settings/settings.h"

namespace fno::settings {

using Rows = std::vector<Row<Settings>>;

/// The settings of one --task. Flags, --set, files, checks, help, config.toml and suggestions are made from its rows.
struct TaskTable {
  std::string name;   ///< of --task
  Rows rows = {};     ///< all that the task accepts, with its defaults, in the order of help and files
  std::any own = {};  ///< what Settings::task is before any row has been looked at
  /// Puts in defaults that hang on other settings. Values that were asked for are left alone.
  void (*fill_defaults)(Settings&) = nullptr;
  /// Rules between settings that need no data and are the task's own. Errors: config.
  void (*check)(const Settings&) = nullptr;
  /// Notices beside those of rows that do not act (`idle_requests`).
  std::vector<std::string> (*notices)(const Settings&) = nullptr;

  /// Null where the task does not accept the setting.
  [[nodiscard]] const Row<Settings>* find(const std::string& key) const;
  /// Errors: config, where there is no such row.
  [[nodiscard]] Row<Settings>& row(const std::string& key);
  void set_defaults(const std::vector<std::pair<std::string, Value>>& defaults);
  /// Puts rows behind that of `key`.
  void add_behind(const std::string& key, Rows more);
};

/// The table that a task of networks of this kind starts from: the rows that all tasks share. What they do not agree on
/// is left to the task: words about its data, and the defaults of optimiser, schedule and network that have none here.
[[nodiscard]] TaskTable shared_table(const std::string& name, NetworkKind kind, const std::vector<std::string>& losses);

/// A row but for its storage, under the heading of its section.
[[nodiscard]] RowInfo info(const std::string& key, Rule rule, Value fallback, const char* help, RowInfo more);

/// A row whose value stands at the end of a path of members of Settings.
template <auto... Path>
Row<Settings> setting(const std::string& key, Rule rule, Value fallback, const char* help, RowInfo more = {}) {
  return bind<Settings, Path...>(info(key, std::move(rule), std::move(fallback), help, std::move(more)));
}

/// A row whose value stands in `T`, the struct of settings that a task has for itself.
template <class T, auto Member>
Row<Settings> own_setting(const std::string& key, Rule rule, Value fallback, const char* help, RowInfo more = {}) {
  Row<Settings> row;
  static_cast<RowInfo&>(row) = info(key, std::move(rule), std::move(fallback), help, std::move(more));
  row.get = [](const Settings& settings) { return load(settings.own<T>().*Member); };
  row.set = [](Settings& settings, const Value& value) { store(settings.own<T>().*Member, value); };
  return row;
}

/// The tables of all tasks, in the order of the help (tools/tasks/registry.cpp).
[[nodiscard]] std::span<const TaskTable> task_tables();
/// Errors: config, if there is no such task.
[[nodiscard]] const TaskTable& table_of(std::string_view task);
/// Its rows.
[[nodiscard]] inline const Rows& setting_rows(std::string_view task) { return table_of(task).rows; }
/// Sets what nobody asked for to another default. Errors: config, if the task has no such setting.
void set_default(Settings& settings, const std::string& key, const Value& value);
/// The value of that setting as text; empty where it is not set or the task has no such setting.
[[nodiscard]] std::string text_of(const Settings& settings, const std::string& key);

/// A setting, or one value of it, that the contract of the command line names and this program does not offer: its
/// refusal says why instead of "unknown".
struct NotOffered {
  std::string_view key, value, why;  ///< value empty: the whole setting, a switch
};
inline constexpr NotOffered kNotOffered[] = {
    {"train.precision", "tf32", "is offered by no device here"},
    {"train.precision", "bf16", "is offered by no device here"},
};
/// Why this task does not take the setting, or that value of it: not offered, or another task's. Empty where neither.
[[nodiscard]] std::string why_not(const TaskTable& table, const std::string& key, const std::string& value = {});

}  // namespace fno::settings
