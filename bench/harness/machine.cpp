#include "bench/harness/machine.h"

#include <ctime>
#include <fmt/format.h>
#include <fstream>
#include <sched.h>
#include <sstream>

#include "framework/cpu/kernel_set.h"
#include "tools/training/build_info.h"

namespace fno::bench {
namespace {

// The value of the first "key : value" line of a /proc file.
std::string proc_value(const char* file, const std::string& key) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(key)) {
      const auto colon = line.find(':');
      if (colon == std::string::npos) continue;
      const auto first = line.find_first_not_of(" \t", colon + 1);
      return first == std::string::npos ? std::string() : line.substr(first);
    }
  return "unknown";
}

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &parts);
  return text;
}

}  // namespace

bool processor_has(const std::string& feature) {
  std::istringstream features(proc_value("/proc/cpuinfo", "flags"));
  for (std::string one; features >> one;)
    if (one == feature) return true;
  return false;
}

int usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

std::vector<std::pair<std::string, std::string>> describe_run(int threads) {
  double load[1] = {0};
  getloadavg(load, 1);
  return {{"processor", proc_value("/proc/cpuinfo", "model name")},
          {"cores", std::to_string(usable_cores())},
          {"memory", proc_value("/proc/meminfo", "MemTotal")},
          {"compiler", "g++ " __VERSION__},
          {"build", build::build_flags()},
          {"commit", fmt::format("{}{}", build::git_commit(), build::git_dirty() ? " with changes" : "")},
          {"kernels", std::string(cpu::kernel_set().name)},
          {"threads", std::to_string(threads)},
          {"load", fmt::format("{:.1f} at the start", load[0])},
          {"date", utc_now()}};
}

}  // namespace fno::bench
