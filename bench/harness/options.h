#pragma once

#include <string>
#include <vector>

#include "cuda/device.h"

namespace fno::bench {

struct Options {
  std::string device = "cpu";  ///< or cuda, cuda-emulated
  CudaLibraries cuda_libraries = CudaLibraries::own;
  int threads = 0;                  ///< 0: as many as cores
  int samples = 15;                 ///< repetitions of a case; the median is over these
  double min_time = 0.05;           ///< seconds of a repetition at least; a number of calls is chosen to fill it
  std::vector<std::string> cases;   ///< by name, or by the part before a slash; "all"
  std::vector<std::string> shapes;  ///< layers of one's own, see parse_layer
  std::vector<std::string> sweeps;  ///< see sweep
  std::vector<std::string> kinds;   ///< operator, forward, train; empty: all
  bool list = false;                ///< print the chosen cases as JSON and time nothing
  bool checked = true;              ///< compare results with float64, and print numbers to compare with another program
  std::string json, markdown, roofline;
};

/// Which flags a program has beside the common ones.
struct Accepts {
  bool list = false;    ///< --list
  bool shapes = false;  ///< --case, --sweep, --kinds
};

/// Flags of a benchmark program. On a wrong one prints a line and exits with 2; --help prints all and exits with 0.
[[nodiscard]] Options parse_options(const std::string& program, int argc, char** argv, Accepts accepts = {});

/// Whether one of the asked names is `name`, or the part of it before a slash, or "all".
[[nodiscard]] bool asks_for(const std::vector<std::string>& asked, const std::string& name);

/// Errors: config, naming the first that was asked for and is not among the known ones.
void require_known_cases(const std::vector<std::string>& asked, const std::vector<std::string>& known);

/// Runs a program's main: an Error, or memory that runs out, becomes one line and its exit code.
[[nodiscard]] int run_main(const std::string& program, int (*body)(int, char**), int argc, char** argv);

}  // namespace fno::bench
