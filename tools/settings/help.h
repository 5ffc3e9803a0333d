#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tools/settings/row.h"

namespace fno::settings {

/// A command as the help shows it.
struct CommandHelp {
  std::string name;     ///< "simulate darcy"
  std::string summary;  ///< one line
};

/// The page of one command: usage, then each section's flags with value, meaning, default and what else they hang on.
/// 100 columns. `notes` are printed as they are, at the end.
[[nodiscard]] std::string help_page(const CommandHelp& command, const std::vector<RowInfo>& rows,
                                    const std::string& notes = {});

/// The page of `fno --help`, or of a group such as `fno simulate --help`.
[[nodiscard]] std::string overview(const std::string& program, const std::vector<CommandHelp>& commands);

}  // namespace fno::settings
