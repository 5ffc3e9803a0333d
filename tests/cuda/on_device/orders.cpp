#include "tests/cuda/orders.h"

#include <cstdlib>
#include <gtest/gtest.h>

#include "cuda/device.h"
#include "cuda/emulation/runtime.h"
#include "framework/error.h"

namespace fno::cuda_test {
namespace {

// On a machine without a usable device every test of the program is skipped, and the reason is said once.
class NeedsDevice : public testing::Environment {
 public:
  void SetUp() override {
    std::string reason;
    try {
      (void)open_cuda_device(0);
    } catch (const Error& error) {
      reason = error.what();
    }
    if (!reason.empty()) GTEST_SKIP() << reason;
  }
};

[[maybe_unused]] const testing::Environment* const kNeedsDevice = testing::AddGlobalTestEnvironment(new NeedsDevice);

}  // namespace

const char* device_name() { return "cuda:0"; }

bool slow_build() {
  const char* sizes = std::getenv("FNO_TEST_SIZES");
  return sizes != nullptr && std::string(sizes) == "smallest";
}

int runs() { return 2; }
std::string describe_run(int run) { return "run " + std::to_string(run + 1) + " on the device"; }

ScopedRun::ScopedRun(int) {}
ScopedRun::~ScopedRun() = default;

void poison(void* device, std::size_t bytes) {
  if (!slow_build() && bytes > 0) cu::check(cu::fill_bytes(device, 0xFF, bytes));
}

}  // namespace fno::cuda_test
