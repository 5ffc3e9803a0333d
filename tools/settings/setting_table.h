#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tools/settings/row.h"
#include "tools/settings/settings.h"

namespace fno::settings {

/// The one table of training settings. Flags, --set, files, checks, help, config.toml and suggestions are made from it.
/// These are the rows that `task` accepts, with that task's defaults.
[[nodiscard]] std::vector<Row<Settings>> setting_rows(Task task);

/// A setting or a value that the contract of the command line names and that this program does not accept, or not for
/// the task at hand. Named here, its refusal says why instead of "unknown".
struct Elsewhere {
  std::string key = {};
  std::string value = {};  ///< empty: the whole setting
  std::string why = {};    ///< "belongs to --task ptychography"
  bool is_switch = false;
};
/// Those of a task, settings and values of the other tasks included.
[[nodiscard]] const std::vector<Elsewhere>& elsewhere(Task task);

/// Defaults by key that --study-profile puts in the place of the table's (Stage A specification, section 11).
[[nodiscard]] std::map<std::string, Value> profile_defaults(StudyProfile profile, const std::string& architecture);

}  // namespace fno::settings
