#pragma once

#include <complex>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace fno::cpu {

struct KernelSet;
template <class T>
class FftEngine;

/// A plan of one length for one-dimensional complex transforms, float or double. Immutable after construction and
/// shared between threads. No call allocates: the caller lends scratch, which no two calls at once may share.
///
///     forward   out[k] = sum_j in[j] exp(-2 pi i j k / n)
///     inverse   out[k] = sum_j in[j] exp(+2 pi i j k / n)        (unnormalised)
///
/// Method   Stockham passes of radix 4, 2, 3, 5 and, by direct sums, every prime up to 31. A length with a larger prime
///          factor becomes a convolution with a chirp (Bluestein) of a length 2^a 3^b 5^c.
/// Accuracy error <= 1e-6 (float) or 1e-12 (double) of the largest |out|.
/// Errors   ErrorKind::config if n is not in 1 … kMaxLength.
template <class T>
class FftPlan {
 public:
  static constexpr int kMaxLength = 1 << 28;

  explicit FftPlan(int n);
  ~FftPlan();
  FftPlan(FftPlan&&) noexcept;
  FftPlan& operator=(FftPlan&&) noexcept;

  [[nodiscard]] int size() const;

  /// Complex elements of scratch for `forward` and `inverse`, or for the `_columns` and `_rows` calls with up to
  /// `count`.
  [[nodiscard]] std::size_t workspace(int count = 1) const;

  /// One transform of in[j * stride], j = 0 … n-1, into out[0 … n-1]. `out` may be `in` if the stride is 1; otherwise
  /// they must not overlap.
  void forward(const std::complex<T>* in, std::ptrdiff_t stride, std::complex<T>* out, std::complex<T>* scratch) const;
  void inverse(const std::complex<T>* in, std::ptrdiff_t stride, std::complex<T>* out, std::complex<T>* scratch) const;

  /// `count` transforms side by side: column c is in[j * stride + c] and becomes out[k * out_stride + c]. `out` may be
  /// `in` if the strides agree; otherwise they must not overlap.
  void forward_columns(const std::complex<T>* in, std::ptrdiff_t stride, int count, std::complex<T>* out,
                       std::ptrdiff_t out_stride, std::complex<T>* scratch) const;
  void inverse_columns(const std::complex<T>* in, std::ptrdiff_t stride, int count, std::complex<T>* out,
                       std::ptrdiff_t out_stride, std::complex<T>* scratch) const;

  /// `count` transforms one after another: row c is in[c * distance + j] and becomes out[c * out_distance + k]. `out`
  /// may be `in` if the distances agree; otherwise they must not overlap. Faster than a loop over `forward`.
  void forward_rows(const std::complex<T>* in, std::ptrdiff_t distance, int count, std::complex<T>* out,
                    std::ptrdiff_t out_distance, std::complex<T>* scratch) const;
  void inverse_rows(const std::complex<T>* in, std::ptrdiff_t distance, int count, std::complex<T>* out,
                    std::ptrdiff_t out_distance, std::complex<T>* scratch) const;

 private:
  std::unique_ptr<const FftEngine<T>> engine_;  // of the set of kernels that was chosen when it was made
};

/// The plan of length n for the chosen set of kernels, made on first use and kept until the process ends. Thread safe;
/// hold the reference rather than asking in a loop.
template <class T>
const FftPlan<T>& fft_plan(int n);

/// Real transforms of one length, row by row. An even length costs a complex transform of half the length, an odd one a
/// complex transform of the whole. Sharing, scratch and errors as for FftPlan.
///
///     Shapes   x (rows, n) · x_hat (rows, n/2 + 1), both contiguous; they must not overlap
template <class T>
class RealFftPlan {
 public:
  explicit RealFftPlan(int n);

  [[nodiscard]] int size() const { return n_; }
  /// The complex transform underneath, of length n/2 or n.
  [[nodiscard]] const FftPlan<T>& complex() const { return *complex_; }
  /// Even n: exp(-2 pi i k / n), k = 0 … n/4.
  [[nodiscard]] const std::vector<std::complex<T>>& roots() const { return roots_; }
  /// Complex elements of a half spectrum: n/2 + 1.
  [[nodiscard]] int spectrum() const { return n_ / 2 + 1; }
  /// Complex elements of scratch for a call with up to `rows` rows.
  [[nodiscard]] std::size_t workspace(int rows = 1) const;

  /// x_hat[r, k] = sum_j x[r, j] exp(-2 pi i j k / n), k = 0 … n/2.
  void forward(const T* x, int rows, std::complex<T>* x_hat, std::complex<T>* scratch) const;

  /// x[r, j] = scale * sum_k c(k) Re(x_hat[r, k] exp(+2 pi i j k / n)), k = 0 … n/2, where c = 1 for k = 0 and, if n is
  /// even, for k = n/2, and c = 2 elsewhere. So the imaginary parts of these edge columns are ignored.
  void inverse(const std::complex<T>* x_hat, int rows, T scale, T* x, std::complex<T>* scratch) const;

 private:
  int n_;
  const KernelSet* kernels_;
  const FftPlan<T>* complex_;  // from the cache
  std::vector<std::complex<T>> roots_;
};

/// The real plan of length n, kept like `fft_plan`.
template <class T>
const RealFftPlan<T>& real_fft_plan(int n);

/// Whether a transform divides by the number of points.
enum class FftScale { none, by_points };

/// Transforms over all axes of a contiguous row-major array of rank 1 … 3. Scratch: `fft_workspace` complex elements.
/// Inputs are not changed. Errors: ErrorKind::config if the rank or an extent is out of range.
///
///     Shapes   real x (n1, …, nd) · half spectrum x_hat (n1, …, nd/2 + 1) · complex z, z_hat (n1, …, nd)
template <class T>
std::size_t fft_workspace(std::span<const int> shape);

/// x_hat = half spectrum of x: real to complex along the last axis, complex along the others. `x` and `x_hat` must not
/// overlap.
template <class T>
void rfft(std::span<const int> shape, const T* x, std::complex<T>* x_hat, std::complex<T>* scratch,
          FftScale scale = FftScale::none);

/// The way back, for any x_hat, Hermitian or not: complex inverse along the leading axes first, then complex to real
/// along the last one, which ignores the imaginary part of column 0 and, for even nd, of column nd/2 (see
/// RealFftPlan::inverse). `x_hat` and `x` must not overlap.
template <class T>
void irfft(std::span<const int> shape, const std::complex<T>* x_hat, T* x, std::complex<T>* scratch,
           FftScale scale = FftScale::by_points);

/// Complex transforms over all axes; `z_hat` may be `z`.
template <class T>
void cfft_forward(std::span<const int> shape, const std::complex<T>* z, std::complex<T>* z_hat,
                  std::complex<T>* scratch, FftScale scale = FftScale::none);
template <class T>
void cfft_inverse(std::span<const int> shape, const std::complex<T>* z_hat, std::complex<T>* z,
                  std::complex<T>* scratch, FftScale scale = FftScale::by_points);

}  // namespace fno::cpu
