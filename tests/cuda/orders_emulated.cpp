#include <cstdlib>
#include <vector>

#include "cuda/emulation/emulated/options.h"
#include "tests/cuda/orders.h"

namespace fno::cuda_test {
namespace {

using cu::emulated::Options;
using cu::emulated::ScopedOptions;

// All of them, or two where every access is watched.
const std::vector<Options>& orders() {
  static const std::vector<Options> all = slow_build() ? std::vector<Options>{{},
                                                                              {.order = cu::emulated::Order::deep,
                                                                               .seed = 1,
                                                                               .most_blocks = cu::emulated::kFewBlocks}}
                                                       : cu::emulated::all_options();
  return all;
}

// Libraries of the toolkit have nothing to run on here: their place is taken by stand-ins.
[[maybe_unused]] const int kSet = setenv("FNO_CUDA_LIBRARY_PATH", FNO_FAKE_LIBRARIES, 1);

const Options& order(int run) { return orders()[static_cast<std::size_t>(run)]; }

}  // namespace

const char* device_name() { return "cuda-emulated"; }

bool slow_build() {
#if defined(FNO_CUDA_RACE_BUILD) || defined(__SANITIZE_ADDRESS__)
  return true;
#else
  return false;
#endif
}

int runs() { return static_cast<int>(orders().size()); }
std::string describe_run(int run) { return "order " + order(run).describe(); }

ScopedRun::ScopedRun(int run) : scope_(std::make_shared<ScopedOptions>(order(run))) {}
ScopedRun::~ScopedRun() = default;

void poison(void*, std::size_t) {}  // the emulator fills memory with 0xFF itself

}  // namespace fno::cuda_test
