#pragma once

#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace fno::training {

class Watcher;
struct LiveRun;
struct RunPaths;

/// What a command knows about its call besides its settings.
struct RunContext {
  std::vector<std::string> arguments;  ///< as typed, the program's name first
  std::ostream* out = &std::cout;      ///< results
  std::ostream* log = &std::cerr;      ///< progress and notices
  bool log_is_terminal = false;        ///< whether `log` shows a progress bar and, without NO_COLOR, colours
  /// The run is whole after so many of its schedule's epochs; resumed without it, it goes on to the schedule's end.
  std::optional<int> epochs = {};
  /// Makes a watcher that sees the run beside its log, each event first, and may stop it; null: there is none.
  std::function<std::unique_ptr<Watcher>(LiveRun&, const RunPaths&)> lens = {};
};

}  // namespace fno::training
