#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bench/harness/check.h"
#include "bench/harness/options.h"
#include "bench/harness/report.h"
#include "bench/harness/work.h"
#include "framework/kernels/backend.h"
#include "framework/tracing/roof.h"

namespace fno::bench {

/// One benchmark program, on Google Benchmark: times its cases, and reports for each the median, 10th and 90th
/// percentile over repetitions, counted bytes and flop per second, and the percent of its floor: what its bytes at the
/// copy bandwidth or its flop at the product rate take, whichever is longer, both measured in the same run. Beside the
/// wall time stands the processor time of all threads: on a busy machine it moves less. On a GPU calls are given out in
/// batches and waited for at the end of each, so that the host's launches are timed only where they are what limits.
///
///     int body(int argc, char** argv) {
///       bench::Suite suite("spectral_layer", bench::parse_options("spectral_layer", argc, argv));
///       if (suite.wants("D1/forward")) suite.measure("D1/forward", work, [&] { … });
///       return suite.report();
///     }
class Suite {
 public:
  /// Errors: config in a debug or sanitizer build, whose numbers would mean nothing; device if it cannot be opened.
  Suite(std::string name, Options options);

  [[nodiscard]] const Device& device() const { return device_; }
  [[nodiscard]] const Options& options() const { return options_; }
  /// Whether --cases asks for this case; all, without the flag.
  [[nodiscard]] bool wants(const std::string& name) const {
    return options_.cases.empty() || asks_for(options_.cases, name);
  }
  /// Times `call` after a few untimed calls. `float64_error` is how far its results are from those in float64,
  /// relative. Returns the median in seconds. Errors: numeric if that is more than float32 explains.
  double measure(const std::string& name, const Work& work, const std::function<void()>& call,
                 std::vector<Check> checks = {}, std::optional<double> float64_error = std::nullopt);
  /// Prints the header and the table, writes the files asked for. Returns the exit code: 0, or 2 if no case was run.
  [[nodiscard]] int report();

 private:
  std::string name_;
  Options options_;
  Device device_;
  CopyBandwidth copy_;
  ProductRate product_;
  Report report_;
};

}  // namespace fno::bench
