#pragma once

#include <span>
#include <string>
#include <variant>
#include <vector>

#include "tools/settings/arms.h"
#include "tools/settings/commands.h"
#include "tools/settings/settings.h"

namespace fno::settings {

/// The command line asked for words on standard output; print them and leave with 0.
struct HelpRequest {
  std::string text;
};
struct VersionRequest {};

/// What the user wants, parsed and checked as far as that goes without opening anything but --config files.
using Command =
    std::variant<HelpRequest, VersionRequest, Settings, SimulateDarcyOptions, SimulateGridLinesOptions, EvaluateOptions,
                 InspectOptions, DevicesOptions, CompareOptions, StudyOptions, ReportOptions, PlanOptions>;

/// Reads the arguments behind the program's name: `fno COMMAND [flags]`, `fno help [COMMAND]`, --help and --version at
/// both levels. `fno train` yields Settings.
///
/// One table of rows per command drives flags, files, checks and help (arguments.h), which a general argument library
/// could not read; a strict loop over it is shorter than describing the table to one.
///
/// Errors   config, one line each: unknown command, flag, key or value (with the nearest name), a value missing,
///          malformed or out of range, a flag twice, a required one absent, settings that exclude each other.
[[nodiscard]] Command parse_command_line(std::span<const std::string> arguments);

/// The common part of a command; defaults for a request for help or version.
[[nodiscard]] CommonOptions common_options(const Command& command);

}  // namespace fno::settings
