// Processors other than x86-64: one set, for what every processor of the architecture has.
#include <array>

#include "framework/cpu/kernel_set.h"

namespace fno::cpu {

extern "C" const KernelSet fno_kernels_baseline;

std::span<const KernelSet* const> kernel_sets() {
  static constexpr std::array<const KernelSet*, 1> kSets{&fno_kernels_baseline};
  return kSets;
}

bool runs_here(const KernelSet&) { return true; }

}  // namespace fno::cpu
