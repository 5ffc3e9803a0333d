#include <algorithm>

#include "framework/cpu/fft_engine.h"

namespace fno::cpu {
namespace {

// Even n: z[j] = x[2j] + i x[2j+1] has the spectrum Z = E + i O, where E and O are the spectra of the even and the odd
// samples, and x_hat[k] = E[k] + w^k O[k] with w = exp(-2 pi i / n). E and O are Hermitian, so Z[k] and Z[h-k], h =
// n/2, give them both: in place, from Z[0 … h-1] to x_hat[0 … h].
template <class T>
void split_spectrum(const RealFftPlan<T>& plan, std::complex<T>* x_hat) {
  const int h = plan.size() / 2;
  const std::vector<std::complex<T>>& roots = plan.roots();
  const std::complex<T> z0 = x_hat[0];
  x_hat[0] = z0.real() + z0.imag();
  x_hat[h] = z0.real() - z0.imag();
  for (int k = 1; 2 * k <= h; ++k) {
    const std::complex<T> a = x_hat[k], b = x_hat[h - k], w = roots[static_cast<std::size_t>(k)];
    const T even_re = (a.real() + b.real()) / 2, even_im = (a.imag() - b.imag()) / 2;
    const T odd_re = (a.imag() + b.imag()) / 2, odd_im = (b.real() - a.real()) / 2;
    const T turned_re = w.real() * odd_re - w.imag() * odd_im, turned_im = w.real() * odd_im + w.imag() * odd_re;
    x_hat[k] = {even_re + turned_re, even_im + turned_im};
    x_hat[h - k] = {even_re - turned_re, turned_im - even_im};
  }
}

// The way back, for twice Z.
template <class T>
void join_spectrum(const RealFftPlan<T>& plan, const std::complex<T>* x_hat, T scale, std::complex<T>* z) {
  const int h = plan.size() / 2;
  const std::vector<std::complex<T>>& roots = plan.roots();
  const T first = scale * x_hat[0].real(), last = scale * x_hat[h].real();
  z[0] = {first + last, first - last};
  for (int k = 1; 2 * k <= h; ++k) {
    const std::complex<T> a = scale * x_hat[k], b = scale * x_hat[h - k], w = roots[static_cast<std::size_t>(k)];
    const T even_re = a.real() + b.real(), even_im = a.imag() - b.imag();
    const T turned_re = a.real() - b.real(), turned_im = a.imag() + b.imag();
    const T odd_re = w.real() * turned_re + w.imag() * turned_im, odd_im = w.real() * turned_im - w.imag() * turned_re;
    z[k] = {even_re - odd_im, even_im + odd_re};
    z[h - k] = {even_re + odd_im, odd_re - even_im};
  }
}

}  // namespace

template <class T>
void real_forward(const RealFftPlan<T>& plan, const T* x, int rows, std::complex<T>* x_hat, std::complex<T>* scratch) {
  const FftPlan<T>& complex = plan.complex();
  const int n = plan.size(), length = complex.size(), width = plan.spectrum();
  for (int block; rows > 0; rows -= block) {
    block = std::min(rows, kRealRows);
    if (n % 2 == 0) {
      complex.forward_rows(reinterpret_cast<const std::complex<T>*>(x), length, block, x_hat, width, scratch);
      for (int r = 0; r < block; ++r) split_spectrum(plan, x_hat + std::ptrdiff_t{r} * width);
    } else {
      std::complex<T>* z = scratch;
      std::complex<T>* rest = scratch + std::ptrdiff_t{length} * block;
      std::copy_n(x, rest - z, z);
      complex.forward_rows(z, length, block, z, length, rest);
      for (int r = 0; r < block; ++r)
        std::copy_n(z + std::ptrdiff_t{r} * length, width, x_hat + std::ptrdiff_t{r} * width);
    }
    x += std::ptrdiff_t{n} * block;
    x_hat += std::ptrdiff_t{width} * block;
  }
}

template <class T>
void real_inverse(const RealFftPlan<T>& plan, const std::complex<T>* x_hat, int rows, T scale, T* x,
                  std::complex<T>* scratch) {
  const FftPlan<T>& complex = plan.complex();
  const int n = plan.size(), length = complex.size();
  for (int block; rows > 0; rows -= block) {
    block = std::min(rows, kRealRows);
    std::complex<T>* const rest = scratch + std::ptrdiff_t{length} * block;
    for (std::complex<T>* z = scratch; z != rest; z += length, x_hat += plan.spectrum()) {
      if (n % 2 == 0) {
        join_spectrum(plan, x_hat, scale, z);
        continue;
      }
      z[0] = scale * x_hat[0].real();
      for (int k = 1; k <= n / 2; ++k) {
        z[k] = scale * x_hat[k];
        z[n - k] = std::conj(z[k]);
      }
    }
    if (n % 2 == 0) {
      complex.inverse_rows(scratch, length, block, reinterpret_cast<std::complex<T>*>(x), length, rest);
    } else {
      complex.inverse_rows(scratch, length, block, scratch, length, rest);
      std::transform(scratch, rest, x, [](const std::complex<T>& value) { return value.real(); });
    }
    x += std::ptrdiff_t{n} * block;
  }
}

template <class T>
void multiply(std::complex<T>* z, std::size_t count, T factor) {
  for (std::size_t i = 0; i < count; ++i) z[i] *= factor;
}

template void real_forward(const RealFftPlan<float>&, const float*, int, std::complex<float>*, std::complex<float>*);
template void real_forward(const RealFftPlan<double>&, const double*, int, std::complex<double>*,
                           std::complex<double>*);
template void real_inverse(const RealFftPlan<float>&, const std::complex<float>*, int, float, float*,
                           std::complex<float>*);
template void real_inverse(const RealFftPlan<double>&, const std::complex<double>*, int, double, double*,
                           std::complex<double>*);
template void multiply(std::complex<float>*, std::size_t, float);
template void multiply(std::complex<double>*, std::size_t, double);

}  // namespace fno::cpu
