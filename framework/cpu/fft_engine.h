#pragma once

#include <complex>
#include <cstddef>
#include <memory>

#include "framework/cpu/fft.h"

namespace fno::cpu {

/// What an FftPlan computes with: the code of one set of kernels. Lengths, strides and scratch as there.
template <class T>
class FftEngine {
 public:
  virtual ~FftEngine() = default;
  [[nodiscard]] virtual int size() const = 0;
  [[nodiscard]] virtual std::size_t workspace(int count) const = 0;
  virtual void transform(bool inverse, const std::complex<T>* in, std::ptrdiff_t stride, std::complex<T>* out,
                         std::complex<T>* scratch) const = 0;
  virtual void transform_columns(bool inverse, const std::complex<T>* in, std::ptrdiff_t stride, int count,
                                 std::complex<T>* out, std::ptrdiff_t out_stride, std::complex<T>* scratch) const = 0;
  virtual void transform_rows(bool inverse, const std::complex<T>* in, std::ptrdiff_t distance, int count,
                              std::complex<T>* out, std::ptrdiff_t out_distance, std::complex<T>* scratch) const = 0;
};

/// 1 <= n <= FftPlan::kMaxLength.
template <class T>
std::unique_ptr<const FftEngine<T>> make_fft_engine(int n);

inline constexpr int kRealRows = 32;  // rows of a real transform worked on together, which bounds its scratch

/// RealFftPlan::forward and inverse.
template <class T>
void real_forward(const RealFftPlan<T>& plan, const T* x, int rows, std::complex<T>* x_hat, std::complex<T>* scratch);
template <class T>
void real_inverse(const RealFftPlan<T>& plan, const std::complex<T>* x_hat, int rows, T scale, T* x,
                  std::complex<T>* scratch);

/// z[i] *= factor
template <class T>
void multiply(std::complex<T>* z, std::size_t count, T factor);

}  // namespace fno::cpu
