#include "tools/settings/command_line.h"

#include <algorithm>

namespace fno::settings {
namespace {

// Rows only for reading, so that the refusal can name the reason once the task is known.
std::vector<RowInfo> refused_rows() {
  std::vector<RowInfo> rows;
  for (const NotOffered& entry : kNotOffered)
    if (entry.value.empty())
      rows.push_back({.key = std::string(entry.key), .rule = toggle(), .refused = true, .torch_prefix = true});
  return rows;
}

}  // namespace

std::vector<RowInfo> source_flags() {
  return {{.key = "config",
           .rule = text(not_empty, "a TOML file"),
           .help = "settings from a file; repeatable, a later file wins over an earlier one",
           .metavar = "FILE.toml",
           .section = "Run",
           .repeatable = true},
          {.key = "set",
           .rule = text(not_empty, "section.key=value"),
           .help = "one setting by its name in such a file; repeatable; wins over files, flags win over it",
           .metavar = "SECTION.KEY=VALUE",
           .section = "Run",
           .repeatable = true}};
}

void add_rows(std::vector<RowInfo>& rows, const std::vector<RowInfo>& more) {
  for (const RowInfo& row : more)
    if (std::none_of(rows.begin(), rows.end(), [&](const RowInfo& r) { return r.key == row.key; })) rows.push_back(row);
}

void put_common_last(std::vector<RowInfo>& rows) {
  std::stable_partition(rows.begin(), rows.end(), [](const RowInfo& row) { return row.section != "Common"; });
}

std::vector<RowInfo> training_flags(const TaskTable& table) {
  std::vector<RowInfo> rows = infos(table.rows);
  const auto end_of_run = std::find_if(rows.begin(), rows.end(), [](const RowInfo& r) { return r.section != "Run"; });
  const std::vector<RowInfo> sources = source_flags();
  rows.insert(end_of_run, sources.begin(), sources.end());
  put_common_last(rows);
  return rows;
}

std::vector<RowInfo> training_flags() {
  std::vector<RowInfo> rows;
  for (const TaskTable& table : task_tables()) add_rows(rows, training_flags(table));
  add_rows(rows, refused_rows());
  return rows;
}

std::vector<RowInfo> inference_flags() {
  std::vector<RowInfo> rows;
  for (const TaskTable& table : task_tables())
    for (RowInfo row : infos(table.rows)) {
      if (!row.for_inference) continue;
      row.fallback_text = "that of the run";
      row.section = "Flags";
      add_rows(rows, {row});
    }
  return rows;
}

void take_inference_flags(Settings& settings, const std::vector<Given>& given) {
  const TaskTable& table = table_of(settings.run.task);
  const std::vector<RowInfo> flags = inference_flags();
  for (const Given& argument : given) {
    if (std::ranges::find(flags, argument.key, &RowInfo::key) == flags.end()) continue;
    const Row<Settings>* row = table.find(argument.key);
    require<ErrorKind::config>(row != nullptr, argument.label, " ", why_not(table, argument.key));
    row->set(settings, parse(row->rule, argument.text, argument.label));
    settings.origins[row->key] = {Origin::Source::flag, argument.label};
  }
}

std::vector<Request> requests_of(const std::vector<Given>& given) {
  std::vector<Request> requests;
  for (const Given& argument : given)
    if (argument.key == "config")
      for (Request& request : file_requests(argument.text)) requests.push_back(std::move(request));
  for (const Given& argument : given)
    if (argument.key == "set") requests.push_back(set_request(argument.text));
  for (const Given& argument : given)
    if (argument.key != "config" && argument.key != "set")
      requests.push_back({argument.key, {Origin::Source::flag, argument.label}, argument.text, true, {}});
  return requests;
}

}  // namespace fno::settings
