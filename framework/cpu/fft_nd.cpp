#include <algorithm>
#include <map>
#include <mutex>

#include "framework/cpu/fft.h"
#include "framework/cpu/fft_passes.h"
#include "framework/error.h"

namespace fno::cpu {

constexpr int kRowBlock = 32;  // rows of a real transform worked on together, which bounds its scratch

template <class T>
RealFftPlan<T>::RealFftPlan(int n) : n_(n), complex_(&fft_plan<T>(n % 2 == 0 && n > 0 ? n / 2 : n)) {
  if (n % 2 == 0)
    for (int k = 0; k <= n / 4; ++k) roots_.push_back(fft::root<T>(k, n));
}

template <class T>
std::size_t RealFftPlan<T>::workspace(int rows) const {
  const int block = std::min(rows, kRowBlock);
  return static_cast<std::size_t>(complex_->size()) * static_cast<std::size_t>(block) + complex_->workspace(block);
}

// Even n: z[j] = x[2j] + i x[2j+1] has the spectrum Z = E + i O, where E and O are the spectra of the even and the odd
// samples, and x_hat[k] = E[k] + w^k O[k] with w = exp(-2 pi i / n). E and O are Hermitian, so Z[k] and Z[h-k], h =
// n/2, give them both: in place, from Z[0 … h-1] to x_hat[0 … h].
template <class T>
void RealFftPlan<T>::split_spectrum(std::complex<T>* x_hat) const {
  const int h = n_ / 2;
  const std::complex<T> z0 = x_hat[0];
  x_hat[0] = z0.real() + z0.imag();
  x_hat[h] = z0.real() - z0.imag();
  for (int k = 1; 2 * k <= h; ++k) {
    const std::complex<T> a = x_hat[k], b = x_hat[h - k], w = roots_[static_cast<std::size_t>(k)];
    const T even_re = (a.real() + b.real()) / 2, even_im = (a.imag() - b.imag()) / 2;
    const T odd_re = (a.imag() + b.imag()) / 2, odd_im = (b.real() - a.real()) / 2;
    const T turned_re = w.real() * odd_re - w.imag() * odd_im, turned_im = w.real() * odd_im + w.imag() * odd_re;
    x_hat[k] = {even_re + turned_re, even_im + turned_im};
    x_hat[h - k] = {even_re - turned_re, turned_im - even_im};
  }
}

// The way back, for twice Z.
template <class T>
void RealFftPlan<T>::join_spectrum(const std::complex<T>* x_hat, T scale, std::complex<T>* z) const {
  const int h = n_ / 2;
  const T first = scale * x_hat[0].real(), last = scale * x_hat[h].real();
  z[0] = {first + last, first - last};
  for (int k = 1; 2 * k <= h; ++k) {
    const std::complex<T> a = scale * x_hat[k], b = scale * x_hat[h - k], w = roots_[static_cast<std::size_t>(k)];
    const T even_re = a.real() + b.real(), even_im = a.imag() - b.imag();
    const T turned_re = a.real() - b.real(), turned_im = a.imag() + b.imag();
    const T odd_re = w.real() * turned_re + w.imag() * turned_im, odd_im = w.real() * turned_im - w.imag() * turned_re;
    z[k] = {even_re - odd_im, even_im + odd_re};
    z[h - k] = {even_re + odd_im, odd_re - even_im};
  }
}

template <class T>
void RealFftPlan<T>::forward(const T* x, int rows, std::complex<T>* x_hat, std::complex<T>* scratch) const {
  const int length = complex_->size(), width = spectrum();
  for (int block; rows > 0; rows -= block) {
    block = std::min(rows, kRowBlock);
    if (n_ % 2 == 0) {
      complex_->forward_rows(reinterpret_cast<const std::complex<T>*>(x), length, block, x_hat, width, scratch);
      for (int r = 0; r < block; ++r) split_spectrum(x_hat + std::ptrdiff_t{r} * width);
    } else {
      std::complex<T>* z = scratch;
      std::complex<T>* rest = scratch + std::ptrdiff_t{length} * block;
      std::copy_n(x, rest - z, z);
      complex_->forward_rows(z, length, block, z, length, rest);
      for (int r = 0; r < block; ++r)
        std::copy_n(z + std::ptrdiff_t{r} * length, width, x_hat + std::ptrdiff_t{r} * width);
    }
    x += std::ptrdiff_t{n_} * block;
    x_hat += std::ptrdiff_t{width} * block;
  }
}

template <class T>
void RealFftPlan<T>::inverse(const std::complex<T>* x_hat, int rows, T scale, T* x, std::complex<T>* scratch) const {
  const int length = complex_->size();
  for (int block; rows > 0; rows -= block) {
    block = std::min(rows, kRowBlock);
    std::complex<T>* const rest = scratch + std::ptrdiff_t{length} * block;
    for (std::complex<T>* z = scratch; z != rest; z += length, x_hat += spectrum()) {
      if (n_ % 2 == 0) {
        join_spectrum(x_hat, scale, z);
        continue;
      }
      z[0] = scale * x_hat[0].real();
      for (int k = 1; k <= n_ / 2; ++k) {
        z[k] = scale * x_hat[k];
        z[n_ - k] = std::conj(z[k]);
      }
    }
    if (n_ % 2 == 0) {
      complex_->inverse_rows(scratch, length, block, reinterpret_cast<std::complex<T>*>(x), length, rest);
    } else {
      complex_->inverse_rows(scratch, length, block, scratch, length, rest);
      std::transform(scratch, rest, x, [](const std::complex<T>& value) { return value.real(); });
    }
    x += std::ptrdiff_t{n_} * block;
  }
}

template <class T>
const RealFftPlan<T>& real_fft_plan(int n) {
  static std::mutex mutex;
  static auto& plans = *new std::map<int, RealFftPlan<T>>;  // never destroyed, like those of fft_plan
  const std::lock_guard lock(mutex);
  const auto found = plans.find(n);
  return found != plans.end() ? found->second : plans.emplace(n, RealFftPlan<T>(n)).first->second;
}

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
void multiply(std::complex<T>* z, std::size_t count, T factor) {
  for (std::size_t i = 0; i < count; ++i) z[i] *= factor;
}

template <class T>
void cfft(bool inverse, std::span<const int> shape, const std::complex<T>* in, std::complex<T>* out,
          std::complex<T>* scratch, FftScale scale) {
  check_shape(shape);
  along_leading_axes(inverse, shape, 1, in, out, scratch);
  const std::size_t points = product(shape);
  if (scale == FftScale::by_points) multiply(out, points, T(1) / static_cast<T>(points));
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
  if (scale == FftScale::by_points) multiply(x_hat, rows * width, T(1) / static_cast<T>(product(shape)));
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

template class RealFftPlan<float>;
template class RealFftPlan<double>;
template const RealFftPlan<float>& real_fft_plan<float>(int);
template const RealFftPlan<double>& real_fft_plan<double>(int);
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
