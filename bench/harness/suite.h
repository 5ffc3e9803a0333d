#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bench/harness/work.h"
#include "cuda/device.h"
#include "framework/kernels/backend.h"
#include "framework/tracing/roof.h"

namespace fno::bench {

struct Options {
  std::string device = "cpu";  ///< or cuda, cuda-emulated
  CudaLibraries cuda_libraries = CudaLibraries::own;
  int threads = 0;         ///< 0: as many as cores
  int samples = 15;        ///< repetitions of a case; the median is over these
  double min_time = 0.05;  ///< seconds of a repetition at least; a number of calls is chosen to fill it
  std::vector<std::string> cases;
  std::string json;
};

/// A number computed before timing, for comparison with another program that computes the same: the norm of an array
/// and its product with noise of the same shape (for a loss: the loss, twice).
struct Check {
  std::string name;
  double norm, projection;
};

/// One benchmark program, on Google Benchmark: parses its flags, times its cases, and reports for each the median, 10th
/// and 90th percentile over repetitions, counted bytes and flop per second, and the percent of the copy bandwidth
/// measured in the same run. Beside the wall time stands the processor time of all threads: on a busy machine it moves
/// less. On a GPU calls are given out in batches and waited for at the end of each, so that the host's launches are
/// timed only where they are what limits.
///
///     int main(int argc, char** argv) {
///       bench::Suite suite("spectral_layer", argc, argv);  // --device --threads --samples --min-time --cases --json
///       if (suite.wants("D1/forward")) suite.measure("D1/forward", work, [&] { … });
///       return suite.report();
///     }
class Suite {
 public:
  /// Exits with 2 on a wrong flag, and in a debug or sanitizer build: its numbers would mean nothing. Exits with 5 and
  /// one line if the device cannot be opened.
  Suite(std::string name, int argc, char** argv);

  [[nodiscard]] const Device& device() const { return device_; }
  /// Whether --cases asks for this case: by its name or by the part before the slash. All, without the flag.
  [[nodiscard]] bool wants(const std::string& name) const;
  /// Times `call` after a few untimed calls. Returns the median in seconds.
  double measure(const std::string& name, const Work& work, const std::function<void()>& call,
                 std::vector<Check> checks = {});
  /// Prints the header and the table, writes the JSON. Returns the exit code: 0, or 2 if no case was run.
  [[nodiscard]] int report();

 private:
  struct Result {
    std::string name;
    Work work;
    std::vector<double> seconds, cpu_seconds;  // of one call, by repetition
    std::size_t peak_bytes;                    // most device memory handed out at once, up to the end of this case
    std::vector<Check> checks;
  };
  void write_json(const std::vector<std::pair<std::string, std::string>>& header) const;

  std::string name_;
  Options options_;
  Device device_;
  CopyBandwidth copy_;
  std::vector<std::pair<std::string, std::string>> header_;
  std::vector<Result> results_;
};

/// The check of a float32 or complex64 array, against the noise of `name`.
[[nodiscard]] Check check_of(const std::string& name, const class fno::Tensor& tensor);

}  // namespace fno::bench
