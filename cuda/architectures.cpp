#include "cuda/architectures.h"

#include <algorithm>
#include <charconv>

namespace fno::cuda::CU_TARGET {
namespace {

bool one_runs_on(std::string_view architecture, int capability) {
  int built_for = 0;
  const auto [end, error] = std::from_chars(architecture.data(), architecture.data() + architecture.size(), built_for);
  if (error != std::errc()) return false;
  const std::string_view rest(end, static_cast<std::size_t>(architecture.data() + architecture.size() - end));
  if (rest.starts_with("a")) return capability == built_for;  // architecture-specific code, as PTX too
  const bool machine_code = rest != "-virtual", ptx = rest != "-real";
  const bool same_major = capability / 10 == built_for / 10;
  return capability >= built_for && ((machine_code && same_major) || ptx);
}

}  // namespace

bool runs_on(std::string_view architectures, int major, int minor) {
  while (!architectures.empty()) {
    const std::string_view one = architectures.substr(0, architectures.find(' '));
    if (one_runs_on(one, 10 * major + minor)) return true;
    architectures.remove_prefix(std::min(one.size() + 1, architectures.size()));
  }
  return false;
}

}  // namespace fno::cuda::CU_TARGET
