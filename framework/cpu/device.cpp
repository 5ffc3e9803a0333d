#include "framework/cpu/device.h"

#include <algorithm>
#include <sched.h>

#include "framework/cpu/kernel_set.h"
#include "framework/error.h"

namespace fno {
Device cpu_device(int threads) {
  if (threads == 0) {
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    threads = sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? std::max(1, CPU_COUNT(&allowed)) : 1;
  }
  require<ErrorKind::config>(threads >= 1 && threads <= 1024, "cpu device: ", threads,
                             " threads asked for, 1 … 1024 are accepted");
  return Device(cpu::kernel_set().make_backend(threads));
}

}  // namespace fno
