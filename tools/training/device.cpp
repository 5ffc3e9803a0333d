#include "tools/training/device.h"

#include <algorithm>
#include <sched.h>

#include "framework/cpu/device.h"
#include "framework/cpu/kernel_set.h"
#include "framework/error.h"

namespace fno {

int use_cpu(const settings::CommonOptions& options) {
  try {
    cpu::choose_kernel_set(options.cpu_isa);
  } catch (const Error& e) {
    fail(e.kind(), "--cpu-isa: found ", options.cpu_isa, "; ", e.what());
  }
  if (options.threads) return static_cast<int>(*options.threads);
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  return sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? std::max(1, CPU_COUNT(&allowed)) : 1;
}

namespace {

int cuda_index(const std::string& name) {  // "cuda" or "cuda:N", as the settings have made sure
  return name == "cuda" ? 0 : std::stoi(name.substr(name.find(':') + 1));
}

}  // namespace

Device open_device(const settings::CommonOptions& options, const std::function<void(const std::string&)>& notice,
                   CudaLibraries libraries) {
  const int threads = use_cpu(options);
  const std::string& name = options.device;
  if (name == "auto" && built_with_cuda()) {
    try {
      return open_cuda_device(0, libraries);
    } catch (const Error& e) {
      if (notice) notice(std::string("--device auto takes the CPU: ") + e.what());
    }
  }
  if (name == "auto" || name == "cpu") return cpu_device(threads);
  try {
    if (name == "cuda-emulated") return open_emulated_device(libraries);
    return open_cuda_device(cuda_index(name), libraries);
  } catch (const Error& e) {
    fail(e.kind(), "--device: found ", name, "; ", e.what());
  }
}

}  // namespace fno
