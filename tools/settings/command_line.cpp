#include "tools/settings/command_line.h"

#include <algorithm>

#include "tools/settings/setting_table.h"

namespace fno::settings {
namespace {

// Rows only for reading: a flag of the contract that is not accepted here still takes its value, so that the refusal
// can name the reason once the task is known.
std::vector<RowInfo> elsewhere_rows() {
  std::vector<RowInfo> rows;
  for (const Elsewhere& entry : elsewhere(Task::operator_task))
    if (entry.value.empty() && entry.why.find("--task") == std::string::npos)
      rows.push_back({.key = entry.key,
                      .rule = entry.is_switch ? toggle() : text(not_empty, "a value"),
                      .refused = true,
                      .torch_prefix = true});
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

std::vector<RowInfo> training_flags(Task task) {
  std::vector<RowInfo> rows = infos(setting_rows(task));
  const auto end_of_run = std::find_if(rows.begin(), rows.end(), [](const RowInfo& r) { return r.section != "Run"; });
  const std::vector<RowInfo> sources = source_flags();
  rows.insert(end_of_run, sources.begin(), sources.end());
  put_common_last(rows);
  return rows;
}

std::vector<RowInfo> training_flags() {
  std::vector<RowInfo> rows;
  for (std::size_t i = 0; i < kNames<Task>.size(); ++i) add_rows(rows, training_flags(static_cast<Task>(i)));
  add_rows(rows, elsewhere_rows());
  return rows;
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
