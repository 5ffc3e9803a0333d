// main: reads the command line, hands it to its subcommand, and turns whatever goes wrong into one line and an exit
// code.
#include <csignal>
#include <cstdio>
#include <fmt/format.h>
#include <iostream>
#include <new>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "framework/error.h"
#include "tools/commands/commands.h"
#include "tools/commands/train.h"
#include "tools/settings/command_line.h"
#include "tools/training/build_info.h"

namespace {

using namespace fno;

template <class... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};

int run(const settings::Command& command, const std::vector<std::string>& argv) {
  return std::visit(Overloaded{
                        [](const settings::HelpRequest& help) {
                          fmt::print("{}", help.text);
                          return 0;
                        },
                        [](const settings::VersionRequest&) {
                          fmt::print("fno {} ({}{}; {})\n", build::version(), build::git_commit(),
                                     build::git_dirty() ? ", changed" : "", build::build_flags());
                          return 0;
                        },
                        [](const settings::SimulateDarcyOptions& o) { return run_simulate_darcy(o); },
                        [](const settings::SimulateGridLinesOptions& o) { return run_simulate_grid_lines(o); },
                        [&](const settings::CompareOptions& o) { return run_compare(o, argv); },
                        [&](const settings::StudyOptions& o) { return run_study(o, argv); },
                        [](const settings::ReportOptions& o) { return run_report(o); },
                        [](const settings::PlanOptions& o) { return run_plan(o); },
                        [](const settings::InspectOptions& o) { return run_inspect(o); },
                        [](const settings::DevicesOptions& o) { return run_devices(o); },
                        [](const settings::EvaluateOptions& o) { return run_evaluate(o); },
                        [&](const settings::Settings& s) { return run_train(s, argv); },
                    },
                    command);
}

// Lines about a command begin with "fno" or "fno train"; the program's name is said once.
int report(std::string_view line, int code) {
  for (const std::string_view name : {"fno: ", "fno "})
    if (line.starts_with(name)) {
      line.remove_prefix(name.size());
      break;
    }
  fmt::print(stderr, "fno: {}\n", line);
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  // A file over the size limit is then a failed write, reported as such, not a death by signal.
  std::signal(SIGXFSZ, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
  const std::vector<std::string> words(argv, argv + argc);
  bool verbose = false;
  try {
    const settings::Command command = settings::parse_command_line(std::span(words).subspan(1));
    verbose = settings::common_options(command).verbose;
    const int code = run(command, words);
    // Results that could not be written are a failure, not a success. A stream that has failed keeps its mark, also
    // where nothing is left for stdout to flush.
    if (!std::cout.flush() || std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
      return report("standard output: could not be written", static_cast<int>(ErrorKind::storage));
    return code;
  } catch (const Error& e) {
    const int code = report(e.what(), e.exit_code());
    if (verbose && !e.detail().empty()) fmt::print(stderr, "{}\n", e.detail());
    return code;
  } catch (const std::bad_alloc&) {
    return report("out of memory on the host", static_cast<int>(ErrorKind::device));
  } catch (const std::system_error& e) {
    return report(e.what(), static_cast<int>(ErrorKind::storage));
  } catch (const std::exception& e) {
    return report(std::string("internal error: ") + e.what(), 1);
  }
}
