#pragma once

#include <span>
#include <string>
#include <vector>

#include "tools/settings/command_line.h"

namespace fno {

/// A command as it was typed.
struct Call {
  std::vector<std::string> words;      ///< all of it, the program first
  std::vector<settings::Given> given;  ///< the flags
  bool verbose = false;                ///< set once the options have been read
};

/// A subcommand: one file beside this one, and one line in registry.cpp.
struct Command {
  const char* name;                           ///< "simulate darcy"
  const char* summary;                        ///< one line
  std::vector<settings::RowInfo> (*flags)();  ///< all that it takes, but for --help and --version
  int (*run)(Call&);                          ///< returns the exit status; results go to standard output, progress to
                                              ///< standard error. Throws Error for all that goes wrong.
  std::string (*help)(const Command&) = nullptr;  ///< pages of its own; else one, made of the flags
  const char* notes = "";                         ///< printed at the end of that page
};

/// All of them, in the order of the help.
[[nodiscard]] std::span<const Command* const> commands();

/// What the words behind the program's name ask for: a command with its flags, or a text for standard output.
struct Asked {
  const Command* command = nullptr;
  std::vector<settings::Given> given;
  std::string text;  ///< help or version, where there is no command
};

/// Reads `fno COMMAND [flags]`, `fno help [COMMAND]`, --help and --version at both levels. Values are looked at by the
/// command. Errors: config, one line each: unknown command or flag (with the nearest name), a value missing, a flag
/// twice.
[[nodiscard]] Asked read_command_line(std::span<const std::string> arguments);

/// All flags, --help and --version behind.
[[nodiscard]] std::vector<settings::RowInfo> with_end(std::vector<settings::RowInfo> rows);

/// The options of a call, checked by the rules of their rows. Errors: config.
template <class Options>
Options options_of(Call& call, const std::vector<settings::Row<Options>>& rows) {
  Options options = settings::read_options(rows, call.given);
  call.verbose = options.verbose;
  return options;
}

}  // namespace fno
