#include "tools/device.h"

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

Device open_device(const std::string& name, std::optional<std::int64_t> threads) {
  if (name == "auto" || name == "cpu") return cpu_device(cpu_threads(threads));
  fail(ErrorKind::device, "--device: found ", name, ", but this program was built without CUDA; accepted: auto, cpu");
}

}  // namespace fno
