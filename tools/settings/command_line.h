#pragma once

#include <string>
#include <vector>

#include "framework/error.h"
#include "tools/settings/arguments.h"
#include "tools/settings/resolve.h"
#include "tools/settings/row.h"
#include "tools/settings/setting_table.h"

namespace fno::settings {

/// The options of a command from its arguments; other arguments may stand among them. Errors: config, for a value that
/// a rule refuses and a required flag that is absent.
template <class Options>
Options read_options(const std::vector<Row<Options>>& rows, const std::vector<Given>& given) {
  Options options;
  for (const Row<Options>& row : rows) {
    bool stands = false;
    for (const Given& argument : given) {
      if (argument.key != row.key) continue;
      row.set(options, parse(row.rule, argument.text, argument.label));
      stands = true;
    }
    require<ErrorKind::config>(stands || !row.required, row.label(), ": found nothing, accepted: ", accepted(row.rule));
  }
  return options;
}

/// A command's own rows under one heading, with those of CommonOptions behind.
template <class Options>
std::vector<Row<Options>> with_common(std::vector<Row<Options>> rows, const std::string& section = "Flags") {
  for (auto& row : rows)
    if (row.section.empty()) row.section = section;
  for (auto& row : common_rows<Options>()) rows.push_back(std::move(row));
  return rows;
}

/// The flags of `fno train`: --config, --set and the settings of one task, or of all tasks, each once.
[[nodiscard]] std::vector<RowInfo> training_flags(const TaskTable& table);
[[nodiscard]] std::vector<RowInfo> training_flags();
/// --config and --set alone.
[[nodiscard]] std::vector<RowInfo> source_flags();

/// The settings that commands with a trained network take too, of all tasks, each once: their default is the run's.
[[nodiscard]] std::vector<RowInfo> inference_flags();
/// Puts what such flags say in place of what the run has. Errors: config, for a flag of another task too.
void take_inference_flags(Settings& settings, const std::vector<Given>& given);

/// Adds the rows whose key is new.
void add_rows(std::vector<RowInfo>& rows, const std::vector<RowInfo>& more);
/// Rows under "Common" close every page.
void put_common_last(std::vector<RowInfo>& rows);

/// What such flags ask for, in the order of their strength, files read.
[[nodiscard]] std::vector<Request> requests_of(const std::vector<Given>& given);

/// The arguments without those of a command's own rows.
template <class Options>
std::vector<Given> without(const std::vector<Given>& given, const std::vector<Row<Options>>& rows) {
  std::vector<Given> rest;
  for (const Given& argument : given) {
    bool own = false;
    for (const Row<Options>& row : rows) own = own || row.key == argument.key;
    if (!own) rest.push_back(argument);
  }
  return rest;
}

}  // namespace fno::settings
