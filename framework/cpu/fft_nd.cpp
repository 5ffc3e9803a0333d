#include <algorithm>

#include "framework/cpu/fft.h"
#include "framework/cpu/kernel_set.h"
#include "framework/error.h"

namespace fno::cpu {

namespace {

constexpr std::size_t kMaxRank = 3;
constexpr std::size_t kMaxPoints = (std::size_t{1} << 31) - 1;  // the trailing axes of an array are `int` columns

std::size_t product(std::span<const int> extents) {
  std::size_t points = 1;
  for (const int n : extents) points *= static_cast<std::size_t>(n);
  return points;
}

void check_shape(std::span<const int> shape) {
  require<ErrorKind::config>(!shape.empty() && shape.size() <= kMaxRank, "fft: rank ", shape.size(), " is not in 1 … ",
                             kMaxRank);
  for (std::size_t a = 0; a < shape.size(); ++a)
    require<ErrorKind::config>(shape[a] >= 1 && shape[a] <= FftPlan<float>::kMaxLength, "fft: extent ", shape[a],
                               " of axis ", a, " is not in 1 … ", FftPlan<float>::kMaxLength);
  std::size_t points = 1;
  for (const int n : shape) {
    points *= static_cast<std::size_t>(n);
    require<ErrorKind::config>(points <= kMaxPoints, "fft: the array has more than ", kMaxPoints, " points");
  }
}

/// Transforms an array (outer, n, inner) along its middle axis.
template <class T>
void along_axis(bool inverse, int outer, int n, int inner, const std::complex<T>* in, std::complex<T>* out,
                std::complex<T>* scratch) {
  const FftPlan<T>& plan = fft_plan<T>(n);
  if (inner == 1)
    return inverse ? plan.inverse_rows(in, n, outer, out, n, scratch)
                   : plan.forward_rows(in, n, outer, out, n, scratch);
  const std::ptrdiff_t block = std::ptrdiff_t{n} * inner;
  for (int o = 0; o < outer; ++o, in += block, out += block)
    inverse ? plan.inverse_columns(in, inner, inner, out, inner, scratch)
            : plan.forward_columns(in, inner, inner, out, inner, scratch);
}

/// Transforms an array (axes…, tail) along `axes`, the last of them first. In place if in == out.
template <class T>
void along_leading_axes(bool inverse, std::span<const int> axes, int tail, const std::complex<T>* in,
                        std::complex<T>* out, std::complex<T>* scratch) {
  int inner = tail;
  for (std::size_t a = axes.size(); a-- > 0; in = out) {
    along_axis(inverse, static_cast<int>(product(axes.first(a))), axes[a], inner, in, out, scratch);
    inner *= axes[a];
  }
}

template <class T>
void divide_by_points(std::complex<T>* z, std::size_t count, std::span<const int> shape) {
  kernel_set().of<T>().multiply(z, count, T(1) / static_cast<T>(product(shape)));
}

template <class T>
void cfft(bool inverse, std::span<const int> shape, const std::complex<T>* in, std::complex<T>* out,
          std::complex<T>* scratch, FftScale scale) {
  check_shape(shape);
  along_leading_axes(inverse, shape, 1, in, out, scratch);
  if (scale == FftScale::by_points) divide_by_points(out, product(shape), shape);
}

}  // namespace

template <class T>
std::size_t fft_workspace(std::span<const int> shape) {
  check_shape(shape);
  const RealFftPlan<T>& real = real_fft_plan<T>(shape.back());
  const std::size_t points = product(shape), rows = points / static_cast<std::size_t>(shape.back());
  std::size_t most = real.workspace(static_cast<int>(rows));
  for (const int n : shape)
    most = std::max(most, fft_plan<T>(n).workspace(static_cast<int>(points / static_cast<std::size_t>(n))));
  // irfft keeps its input, so the leading axes are done in a copy of the half spectrum.
  return most + (shape.size() > 1 ? rows * static_cast<std::size_t>(real.spectrum()) : 0);
}

template <class T>
void rfft(std::span<const int> shape, const T* x, std::complex<T>* x_hat, std::complex<T>* scratch, FftScale scale) {
  check_shape(shape);
  const RealFftPlan<T>& real = real_fft_plan<T>(shape.back());
  const std::span<const int> leading = shape.first(shape.size() - 1);
  const std::size_t rows = product(leading), width = static_cast<std::size_t>(real.spectrum());
  real.forward(x, static_cast<int>(rows), x_hat, scratch);
  along_leading_axes<T>(false, leading, real.spectrum(), x_hat, x_hat, scratch);
  if (scale == FftScale::by_points) divide_by_points(x_hat, rows * width, shape);
}

template <class T>
void irfft(std::span<const int> shape, const std::complex<T>* x_hat, T* x, std::complex<T>* scratch, FftScale scale) {
  check_shape(shape);
  const RealFftPlan<T>& real = real_fft_plan<T>(shape.back());
  const std::span<const int> leading = shape.first(shape.size() - 1);
  const std::size_t rows = product(leading), width = static_cast<std::size_t>(real.spectrum());
  if (!leading.empty()) {
    std::complex<T>* copy = scratch;
    scratch += rows * width;
    along_leading_axes<T>(true, leading, real.spectrum(), x_hat, copy, scratch);
    x_hat = copy;
  }
  const T factor = scale == FftScale::by_points ? T(1) / static_cast<T>(product(shape)) : T(1);
  real.inverse(x_hat, static_cast<int>(rows), factor, x, scratch);
}

template <class T>
void cfft_forward(std::span<const int> shape, const std::complex<T>* z, std::complex<T>* z_hat,
                  std::complex<T>* scratch, FftScale scale) {
  cfft(false, shape, z, z_hat, scratch, scale);
}

template <class T>
void cfft_inverse(std::span<const int> shape, const std::complex<T>* z_hat, std::complex<T>* z,
                  std::complex<T>* scratch, FftScale scale) {
  cfft(true, shape, z_hat, z, scratch, scale);
}

template std::size_t fft_workspace<float>(std::span<const int>);
template std::size_t fft_workspace<double>(std::span<const int>);
template void rfft(std::span<const int>, const float*, std::complex<float>*, std::complex<float>*, FftScale);
template void rfft(std::span<const int>, const double*, std::complex<double>*, std::complex<double>*, FftScale);
template void irfft(std::span<const int>, const std::complex<float>*, float*, std::complex<float>*, FftScale);
template void irfft(std::span<const int>, const std::complex<double>*, double*, std::complex<double>*, FftScale);
template void cfft_forward(std::span<const int>, const std::complex<float>*, std::complex<float>*, std::complex<float>*,
                           FftScale);
template void cfft_forward(std::span<const int>, const std::complex<double>*, std::complex<double>*,
                           std::complex<double>*, FftScale);
template void cfft_inverse(std::span<const int>, const std::complex<float>*, std::complex<float>*, std::complex<float>*,
                           FftScale);
template void cfft_inverse(std::span<const int>, const std::complex<double>*, std::complex<double>*,
                           std::complex<double>*, FftScale);

}  // namespace fno::cpu
