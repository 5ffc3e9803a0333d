#include "tools/training/device.h"

#include <algorithm>
#include <sched.h>

#include "framework/cpu/device.h"
#include "framework/error.h"

namespace fno {

int cpu_threads(std::optional<std::int64_t> asked) {
  if (asked) return static_cast<int>(*asked);
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  return sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? std::max(1, CPU_COUNT(&allowed)) : 1;
}

namespace {

int cuda_index(const std::string& name) {  // "cuda" or "cuda:N", as the settings have made sure
  return name == "cuda" ? 0 : std::stoi(name.substr(name.find(':') + 1));
}

}  // namespace

Device open_device(const std::string& name, std::optional<std::int64_t> threads,
                   const std::function<void(const std::string&)>& notice, CudaLibraries libraries) {
  if (name == "auto" && built_with_cuda()) {
    try {
      return open_cuda_device(0, libraries);
    } catch (const Error& e) {
      if (notice) notice(std::string("--device auto takes the CPU: ") + e.what());
    }
  }
  if (name == "auto" || name == "cpu") return cpu_device(cpu_threads(threads));
  try {
    if (name == "cuda-emulated") return open_emulated_device(libraries);
    return open_cuda_device(cuda_index(name), libraries);
  } catch (const Error& e) {
    fail(e.kind(), "--device: found ", name, "; ", e.what());
  }
}

}  // namespace fno
