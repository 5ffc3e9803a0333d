#pragma once

#include "bench/harness/report.h"

namespace fno::bench {

/// The rows of files that --json has written, in order, as one report: for a table or a plot of several programs. The
/// roofs are the medians over the files; what the runs were on is told by the first, which the others should share.
/// Errors: data, one line that names the file.
[[nodiscard]] Report earlier(const std::vector<std::string>& paths);

}  // namespace fno::bench
