#include "tools/settings/setting_table.h"

#include <algorithm>

#include "framework/error.h"

namespace fno::settings {
namespace {

bool offers(const TaskTable& table, const std::string& key, const std::string& value) {
  const Row<Settings>* row = table.find(key);
  return row != nullptr && (value.empty() || std::ranges::find(row->rule.choices, value) != row->rule.choices.end());
}

}  // namespace

const Row<Settings>* TaskTable::find(const std::string& key) const {
  const auto found = std::ranges::find(rows, key, &Row<Settings>::key);
  return found == rows.end() ? nullptr : &*found;
}

Row<Settings>& TaskTable::row(const std::string& key) {
  const auto found = std::ranges::find(rows, key, &Row<Settings>::key);
  require<ErrorKind::config>(found != rows.end(), "found no setting ", key);
  return *found;
}

void TaskTable::set_defaults(const std::vector<std::pair<std::string, Value>>& defaults) {
  for (const auto& [key, value] : defaults) row(key).fallback = value;
}

void TaskTable::add_behind(const std::string& key, Rows more) {
  const auto place = std::ranges::find(rows, key, &Row<Settings>::key);
  require<ErrorKind::config>(place != rows.end(), "found no setting ", key);
  rows.insert(place + 1, std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

RowInfo info(const std::string& key, Rule rule, Value fallback, const char* help, RowInfo more) {
  more.key = key;
  more.rule = std::move(rule);
  more.fallback = std::move(fallback);
  more.help = help;
  more.section = key.starts_with("run.")     ? "Run"
                 : key.starts_with("model.") ? "Model"
                 : key.starts_with("optim.") ? "Optimisation"
                                             : "Training";
  more.torch_prefix = more.torch_prefix || more.section != "Run";
  return more;
}

const TaskTable& table_of(std::string_view task) {
  const std::span<const TaskTable> tables = task_tables();
  const auto found = std::ranges::find(tables, task, &TaskTable::name);
  require<ErrorKind::config>(found != tables.end(), "found no task ", task);
  return *found;
}

void set_default(Settings& settings, const std::string& key, const Value& value) {
  const Row<Settings>* row = table_of(settings.run.task).find(key);
  require<ErrorKind::config>(row != nullptr, "found no setting ", key);
  if (!settings.given(key)) row->set(settings, value);
}

std::string text_of(const Settings& settings, const std::string& key) {
  const Row<Settings>* row = table_of(settings.run.task).find(key);
  return row == nullptr ? "" : to_text(row->get(settings));
}

std::string why_not(const TaskTable& table, const std::string& key, const std::string& value) {
  for (const NotOffered& entry : kNotOffered)
    if (entry.key == key && entry.value == value) return std::string(entry.why);
  if (offers(table, key, value)) return {};
  for (const TaskTable& other : task_tables())
    if (offers(other, key, value)) return "belongs to --task " + other.name;
  return {};
}

}  // namespace fno::settings
