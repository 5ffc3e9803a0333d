#pragma once

#include <string>
#include <utility>
#include <vector>

namespace fno::bench {

/// What a number was measured on, in the order to be printed: processor, cores this process may use, memory, compiler,
/// flags, commit, threads, date.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> describe_run(int threads);

/// Whether the system names this feature of the processor, such as avx512f.
[[nodiscard]] bool processor_has(const std::string& feature);

/// Processors that this process may run on.
[[nodiscard]] int usable_cores();

}  // namespace fno::bench
