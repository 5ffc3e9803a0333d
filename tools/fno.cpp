// main: reads the command line, hands it to its subcommand, and turns whatever goes wrong into one line and an exit
// code.
#include <csignal>
#include <cstdio>
#include <fmt/format.h>
#include <iostream>
#include <new>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "framework/error.h"
#include "tools/commands/command.h"
#include "tools/files/one_line.h"

namespace {

using namespace fno;

// Lines about a command begin with "fno" or "fno train"; the program's name is said once.
int report(std::string_view line, int code) {
  for (const std::string_view name : {"fno: ", "fno "})
    if (line.starts_with(name)) {
      line.remove_prefix(name.size());
      break;
    }
  fmt::print(stderr, "fno: {}\n", one_line(line));
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  // A file over the size limit is then a failed write, reported as such, not a death by signal.
  std::signal(SIGXFSZ, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
  const std::vector<std::string> words(argv, argv + argc);
  Call call{.words = words, .given = {}};
  try {
    const Asked asked = read_command_line(std::span(words).subspan(1));
    call.given = asked.given;
    fmt::print("{}", asked.text);
    const int code = asked.command != nullptr ? asked.command->run(call) : 0;
    // Results that could not be written are a failure, not a success. A stream that has failed keeps its mark, also
    // where nothing is left for stdout to flush.
    if (!std::cout.flush() || std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
      return report("standard output: could not be written", static_cast<int>(ErrorKind::storage));
    return code;
  } catch (const Error& e) {
    const int code = report(e.what(), e.exit_code());
    std::istringstream detail(call.verbose ? e.detail() : "");
    for (std::string line; std::getline(detail, line);) fmt::print(stderr, "{}\n", one_line(line));
    return code;
  } catch (const std::bad_alloc&) {
    return report("out of memory on the host", static_cast<int>(ErrorKind::device));
  } catch (const std::system_error& e) {
    return report(e.what(), static_cast<int>(ErrorKind::storage));
  } catch (const std::exception& e) {
    return report(std::string("internal error: ") + e.what(), 1);
  }
}
