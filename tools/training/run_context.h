#pragma once

#include <iostream>
#include <string>
#include <vector>

namespace fno::training {

/// What a command knows about its call besides its settings.
struct RunContext {
  std::vector<std::string> arguments;  ///< as typed, the program's name first
  std::ostream* out = &std::cout;      ///< results
  std::ostream* log = &std::cerr;      ///< progress and notices
  bool log_is_terminal = false;        ///< whether `log` shows a progress bar and, without NO_COLOR, colours
};

}  // namespace fno::training
