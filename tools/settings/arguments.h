#pragma once

#include <span>
#include <string>
#include <vector>

#include "tools/settings/row.h"

namespace fno::settings {

/// One argument as it was typed.
struct Given {
  std::string key;    ///< of the row that declares it
  std::string label;  ///< the flag in the spelling that was used: "--torch-epochs"
  std::string text;   ///< its value; "true" for a switch that stands alone
};

/// Sorts arguments into the rows of a command, values still as text. One loop over a table of rows is all that a strict
/// command line needs, and the same table writes the help and reads the files, so there is no argument library here.
///
/// Accepts --flag value, --flag=value, switches with an optional =true or =false, -h, aliases, and --torch-flag where
/// the row says so. A value may start with one dash, with two only after "=". Errors   config: unknown flag (names the
/// nearest), a value missing, a flag twice (unless repeatable), an argument
///          too many. `command` ("fno train") stands in the message.
[[nodiscard]] std::vector<Given> read_arguments(const std::string& command, const std::vector<RowInfo>& rows,
                                                std::span<const std::string> arguments);

/// The argument of a row, or null.
[[nodiscard]] const Given* find(const std::vector<Given>& given, const std::string& key);

/// The flags that these rows accept, aliases included, without dashes.
[[nodiscard]] std::vector<std::string> flag_names(const std::vector<RowInfo>& rows);

}  // namespace fno::settings
