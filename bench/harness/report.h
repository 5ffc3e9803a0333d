#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench/harness/check.h"
#include "framework/kernels/work.h"
#include "framework/tracing/roof.h"

namespace fno::bench {

struct Result {
  std::string name;
  Work work;
  std::vector<double> seconds, cpu_seconds;  ///< of one call, by repetition
  std::size_t peak_bytes = 0;                ///< most device memory handed out at once, up to the end of this case
  std::vector<Check> checks;
  std::optional<double> float64_error;  ///< relative; nothing: not compared

  [[nodiscard]] double median() const;
};

/// What a benchmark program has measured.
struct Report {
  std::string program;
  std::vector<std::pair<std::string, std::string>> run;  ///< describe_run, in order
  std::vector<double> copy_samples = {};                 ///< GB/s
  std::vector<double> product_samples = {};              ///< Gflop/s
  std::vector<Result> results = {};

  /// Medians.
  [[nodiscard]] Roof roof() const;
};

/// To standard output.
void print_table(const Report& report);
/// Errors: storage.
void write_json(const Report& report, const std::string& path);
void write_markdown(const Report& report, const std::string& path);
void write_text(const std::string& path, const std::string& text);

}  // namespace fno::bench
