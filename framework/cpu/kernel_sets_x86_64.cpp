#include <array>

#include "framework/cpu/kernel_set.h"

namespace fno::cpu {

extern "C" const KernelSet fno_kernels_avx512, fno_kernels_avx2, fno_kernels_baseline;

std::span<const KernelSet* const> kernel_sets() {
  static constexpr std::array<const KernelSet*, 3> kSets{&fno_kernels_avx512, &fno_kernels_avx2, &fno_kernels_baseline};
  return kSets;
}

// What each set is compiled with stands in framework/CMakeLists.txt. The compiler's function also asks the operating
// system whether it saves the wide registers.
bool runs_here(const KernelSet& set) {
  if (&set == &fno_kernels_baseline) return true;
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
                    __builtin_cpu_supports("bmi2");
  if (&set == &fno_kernels_avx2) return avx2;
  return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

}  // namespace fno::cpu
