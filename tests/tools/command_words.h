#pragma once

#include <string>
#include <vector>

#include "tools/commands/command.h"

namespace fno::test {

using Words = std::vector<std::string>;

/// The words behind the program's name as the command that they ask for takes them.
inline Call call_of(const Words& words) {
  Call call{.words = {"fno"}, .given = read_command_line(words).given};
  call.words.insert(call.words.end(), words.begin(), words.end());
  return call;
}

/// Runs the command in this process.
inline int run_words(const Words& words) {
  Call call = call_of(words);
  return read_command_line(words).command->run(call);
}

/// The settings that `fno train` makes of these words, "train" the first of them.
inline settings::Settings train_settings(const Words& words) {
  return settings::resolve(settings::requests_of(read_command_line(words).given));
}

}  // namespace fno::test
