#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "framework/cpu/fft.h"
#include "framework/kernels/backend.h"

namespace fno::cpu {

/// The kernels of this backend, compiled for one instruction set. Their sources are compiled once for each set, and a
/// set has one symbol that the rest of the program can see: this table (cmake/FnoKernelSets.cmake).
struct KernelSet {
  std::string_view name;  ///< "avx512", "avx2", "baseline"
  int vector_bits;
  std::shared_ptr<Backend> (*make_backend)(int threads);
  /// The functions of multiply_add.h.
  void (*multiply_add)(std::int64_t rounds);
  int (*multiply_add_flop)();

  /// What is needed beside a device: by the transforms of fft.h, by tests and benchmarks. Contracts in gemm.h and
  /// fft_engine.h.
  template <class T>
  struct Of {
    void (*gemm)(int m, int n, int k, const T* a, std::ptrdiff_t a_row, std::ptrdiff_t a_col, const T* b,
                 std::ptrdiff_t ldb, T* c, std::ptrdiff_t ldc, bool accumulate, const T* start);
    void (*transpose)(int rows, int cols, const T* from, std::ptrdiff_t ld_from, T* to, std::ptrdiff_t ld_to);
    std::unique_ptr<const FftEngine<T>> (*make_fft)(int n);
    void (*real_forward)(const RealFftPlan<T>& plan, const T* x, int rows, std::complex<T>* x_hat,
                         std::complex<T>* scratch);
    void (*real_inverse)(const RealFftPlan<T>& plan, const std::complex<T>* x_hat, int rows, T scale, T* x,
                         std::complex<T>* scratch);
    void (*multiply)(std::complex<T>* z, std::size_t count, T factor);
  };
  Of<float> of_float;
  Of<double> of_double;

  template <class T>
  [[nodiscard]] const Of<T>& of() const {
    if constexpr (sizeof(T) == sizeof(float))
      return of_float;
    else
      return of_double;
  }
};

/// The sets in this program, widest vectors first; the last one runs on every processor of the architecture.
[[nodiscard]] std::span<const KernelSet* const> kernel_sets();

/// Whether this processor has the set's instructions and the system keeps their registers.
[[nodiscard]] bool runs_here(const KernelSet& set);

/// The set that this process computes with: the chosen one, else the first that runs here. One for the process and not
/// for a device, for the bits of a result hang on it.
[[nodiscard]] const KernelSet& kernel_set();

/// Chooses a set by its name, or "auto", for the devices and plans made from then on: to be called before the first.
/// Errors: config, unless this program has the set and it runs here.
void choose_kernel_set(const std::string& name);

}  // namespace fno::cpu
