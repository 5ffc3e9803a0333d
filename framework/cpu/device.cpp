#include "framework/cpu/device.h"

#include <algorithm>
#include <sched.h>

#include "framework/cpu/context.h"
#include "framework/error.h"

namespace fno {
namespace {

class CpuBackend final : public Backend {
 public:
  explicit CpuBackend(int threads) : context_(threads) {}
  std::string name() const override { return "cpu"; }
  Memory& memory() override { return context_.memory(); }
#define FNO_DEFINE(Job)                                                     \
  void run(const Job<float>& job) override { cpu::execute(context_, job); } \
  void run(const Job<double>& job) override { cpu::execute(context_, job); }
  FNO_REAL_JOBS(FNO_DEFINE)
#undef FNO_DEFINE
#define FNO_DEFINE(Job) \
  void run(const Job& job) override { cpu::execute(context_, job); }
  FNO_PLAIN_JOBS(FNO_DEFINE)
#undef FNO_DEFINE

 private:
  cpu::Context context_;
};

}  // namespace

Device cpu_device(int threads) {
  if (threads == 0) {
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    threads = sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? std::max(1, CPU_COUNT(&allowed)) : 1;
  }
  require<ErrorKind::config>(threads >= 1 && threads <= 1024, "cpu device: ", threads,
                             " threads asked for, 1 … 1024 are accepted");
  return Device(std::make_shared<CpuBackend>(threads));
}

}  // namespace fno
