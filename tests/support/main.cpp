// main of the test programs: GoogleTest's, with the kernels that FNO_CPU_ISA names in the environment. Exit status 77,
// which ctest shows as skipped, where this processor lacks them.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <gtest/gtest.h>

#include "framework/cpu/kernel_set.h"
#include "framework/error.h"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (const char* name = std::getenv("FNO_CPU_ISA")) {
    const auto sets = fno::cpu::kernel_sets();
    const auto found = std::ranges::find(sets, name, &fno::cpu::KernelSet::name);
    try {
      fno::cpu::choose_kernel_set(name);
    } catch (const fno::Error& e) {
      std::fprintf(stderr, "FNO_CPU_ISA: found %s; %s\n", name, e.what());
      return found != sets.end() ? 77 : e.exit_code();
    }
  }
  return RUN_ALL_TESTS();
}
