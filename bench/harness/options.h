#pragma once

#include "bench/harness/suite.h"

namespace fno::bench {

/// Flags of a benchmark program. On a wrong one prints a line and what is accepted, and exits with 2; --help with 0.
[[nodiscard]] Options parse_options(const std::string& program, int argc, char** argv);

}  // namespace fno::bench
