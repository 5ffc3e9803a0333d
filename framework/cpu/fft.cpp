#include <algorithm>
#include <cstdint>
#include <initializer_list>

#include "framework/cpu/fft_engine.h"
#include "framework/cpu/fft_smooth.h"

namespace fno::cpu {
namespace {

using fft::kAlignment;
using fft::kLanes;
using fft::Planes;

/// Columns worked on together: whole cache lines of input, few enough for the block to stay in cache.
template <class T>
constexpr int kColumnBlock = 128 / sizeof(T);

template <class T>
T* aligned(std::complex<T>* scratch) {
  const auto address = reinterpret_cast<std::uintptr_t>(scratch);
  return reinterpret_cast<T*>(reinterpret_cast<char*>(scratch) + (kAlignment - address % kAlignment) % kAlignment);
}

bool has_only(int n, std::initializer_list<int> primes) {
  for (const int p : primes)
    while (n % p == 0) n /= p;
  return n == 1;
}

/// The length n itself if passes can do it, else a convolution length of at least 2n - 1.
int pass_length(int n) {
  if (has_only(n, {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31})) return n;
  int length = 2 * n - 1;
  while (!has_only(length, {2, 3, 5})) ++length;
  return length;
}

/// With c[j] = exp(-pi i j^2 / n), out[k] = c[k] sum_j (in[j] c[j]) conj(c[k-j]): a convolution (Bluestein).
template <class T>
struct Engine final : FftEngine<T> {
  explicit Engine(int length) : n(length), smooth(pass_length(length)) {
    if (!by_chirp()) return;
    const int m = smooth.size();
    chirp = fft::Table<T>(static_cast<std::size_t>(n));
    // In double for float as well: the kernel's rounding errors would stay in every result.
    std::vector<std::complex<double>> wave(static_cast<std::size_t>(m)), spectrum(wave.size());
    for (std::int64_t j = 0; j < n; ++j) {
      const std::int64_t turns = j * j % (2 * std::int64_t{n});
      chirp.set(static_cast<std::size_t>(j), fft::root<T>(turns, 2 * std::int64_t{n}));
      const std::complex<double> value = std::conj(fft::root<double>(turns, 2 * std::int64_t{n})) / double(m);
      wave[static_cast<std::size_t>(j)] = value;
      if (j > 0) wave[static_cast<std::size_t>(m - j)] = value;
    }
    const Engine<double> whole(m);
    std::vector<std::complex<double>> scratch(whole.workspace(1));
    whole.transform(false, wave.data(), 1, spectrum.data(), scratch.data());
    kernel = fft::Table<T>(spectrum.size());
    for (std::size_t k = 0; k < spectrum.size(); ++k) kernel.set(k, std::complex<T>(spectrum[k]));
  }

  [[nodiscard]] bool by_chirp() const { return smooth.size() != n; }

  [[nodiscard]] std::size_t column_plane(int count) const {
    return fft::plane_size<T>(static_cast<std::size_t>(smooth.size()) *
                              fft::padded<T>(std::min(count, kColumnBlock<T>)));
  }

  [[nodiscard]] std::size_t product_plane() const {
    return by_chirp() ? fft::plane_size<T>(static_cast<std::size_t>(smooth.size())) : 0;
  }

  [[nodiscard]] int size() const override { return n; }

  [[nodiscard]] std::size_t workspace(int count) const override {
    const std::size_t reals = std::max(smooth.single_workspace() + 2 * product_plane(), 4 * column_plane(count));
    return (reals + 1) / 2 + kAlignment / sizeof(std::complex<T>);
  }

  template <class Source, class Sink>
  void single(const Source& source, const Sink& sink, T* work) const {
    if (!by_chirp()) return smooth.single(source, sink, work);
    const Planes<T> product = fft::planes(work, product_plane());
    T* rest = work + 2 * product_plane();
    smooth.single(
        [&](int j, int count, Planes<T> to, std::size_t lanes) {
          const int wanted = std::clamp(n - j, 0, count);
          if (wanted == 0) return clear(to, lanes);
          source(j, wanted, to, lanes);
          multiply(to, chirp.at(static_cast<std::size_t>(j)), static_cast<std::size_t>(wanted));
        },
        [&](int k, int count, Planes<T> from) {
          const std::size_t at = static_cast<std::size_t>(k), size = static_cast<std::size_t>(count);
          multiply(from, kernel.at(at), size);
          std::copy_n(from.re, size, product.re + at);
          std::copy_n(from.im, size, product.im + at);
        },
        rest);
    smooth.single(  // the inverse, by exchanged planes
        [&](int j, int count, Planes<T> to, std::size_t lanes) {
          const Planes<T> from = product.swapped().at(static_cast<std::size_t>(j));
          std::copy_n(from.re, count, to.re);
          std::copy_n(from.im, count, to.im);
          clear(to.at(static_cast<std::size_t>(count)), lanes - static_cast<std::size_t>(count));
        },
        [&](int k, int count, Planes<T> from) {
          const int wanted = std::clamp(n - k, 0, count);
          if (wanted == 0) return;
          const Planes<T> value = from.swapped();
          multiply(value, chirp.at(static_cast<std::size_t>(k)), static_cast<std::size_t>(wanted));
          sink(k, wanted, value);
        },
        rest);
  }

  // (n, lanes) from x; both buffers have room for the convolution length. The result is in the returned one.
  Planes<T> columns(Planes<T> x, Planes<T> y, std::size_t lanes) const {
    if (!by_chirp()) return smooth.columns(x, y, lanes);
    const std::size_t rows = static_cast<std::size_t>(n), all = static_cast<std::size_t>(smooth.size());
    for (std::size_t j = 0; j < rows; ++j) multiply(x.at(j * lanes), chirp.re[j], chirp.im[j], lanes);
    clear(x.at(rows * lanes), (all - rows) * lanes);
    const Planes<T> spectrum = smooth.columns(x, y, lanes);
    const Planes<T> other = spectrum.re == x.re ? y : x;
    for (std::size_t k = 0; k < all; ++k) multiply(spectrum.at(k * lanes), kernel.re[k], kernel.im[k], lanes);
    const Planes<T> result = smooth.columns(spectrum.swapped(), other.swapped(), lanes).swapped();
    for (std::size_t k = 0; k < rows; ++k) multiply(result.at(k * lanes), chirp.re[k], chirp.im[k], lanes);
    return result;
  }

  void transform(bool inverse, const std::complex<T>* in, std::ptrdiff_t stride, std::complex<T>* out,
                 std::complex<T>* scratch) const override {
    single(
        [&](int j, int count, Planes<T> to, std::size_t lanes) {
          fft::unzip(in + j * stride, stride, static_cast<std::size_t>(count), inverse ? to.swapped() : to, lanes);
        },
        [&](int k, int count, Planes<T> from) {
          fft::zip(inverse ? from.swapped() : from, static_cast<std::size_t>(count), out + k);
        },
        aligned(scratch));
  }

  /// Transforms blocks of columns. fill(c, width, x, lanes) loads columns c … c+width-1 as (n, lanes), zeros in the
  /// other lanes; drain(c, width, result, lanes) stores them. Inverse transforms exchange the planes on both ways.
  template <class Fill, class Drain>
  void blocks(bool inverse, int count, T* work, const Fill& fill, const Drain& drain) const {
    const std::size_t size = column_plane(count);
    const Planes<T> x = fft::planes(work, size), y = fft::planes(work + 2 * size, size);
    for (int c = 0; c < count; c += kColumnBlock<T>) {
      const int width = std::min(kColumnBlock<T>, count - c);
      const std::size_t lanes = fft::padded<T>(width);
      fill(c, static_cast<std::size_t>(width), inverse ? x.swapped() : x, lanes);
      const Planes<T> result = columns(x, y, lanes);
      drain(c, static_cast<std::size_t>(width), inverse ? result.swapped() : result, lanes);
    }
  }

  void transform_columns(bool inverse, const std::complex<T>* in, std::ptrdiff_t stride, int count,
                         std::complex<T>* out, std::ptrdiff_t out_stride, std::complex<T>* scratch) const override {
    blocks(
        inverse, count, aligned(scratch),
        [&](int c, std::size_t width, Planes<T> x, std::size_t lanes) {
          for (int j = 0; j < n; ++j, x = x.at(lanes)) fft::unzip(in + j * stride + c, 1, width, x, lanes);
        },
        [&](int c, std::size_t width, Planes<T> result, std::size_t lanes) {
          for (int k = 0; k < n; ++k, result = result.at(lanes)) fft::zip(result, width, out + k * out_stride + c);
        });
  }

  void transform_rows(bool inverse, const std::complex<T>* in, std::ptrdiff_t distance, int count, std::complex<T>* out,
                      std::ptrdiff_t out_distance, std::complex<T>* scratch) const override {
    // Too few rows would leave most lanes idle.
    for (; count % kLanes<T> != 0 && count % kLanes<T> <= kLanes<T> / 4; --count)
      transform(inverse, in + (count - 1) * distance, 1, out + (count - 1) * out_distance, scratch);
    blocks(
        inverse, count, aligned(scratch),
        [&](int c, std::size_t width, Planes<T> x, std::size_t lanes) {
          fft::unzip_transposed(in + c * distance, distance, static_cast<std::size_t>(n), width, x, lanes);
        },
        [&](int c, std::size_t width, Planes<T> result, std::size_t lanes) {
          fft::zip_transposed(result, lanes, static_cast<std::size_t>(n), width, out + c * out_distance, out_distance);
        });
  }

  int n;
  fft::SmoothFft<T> smooth;
  fft::Table<T> chirp, kernel;  // empty without a chirp; kernel: transform of conj(c), divided by its length
};

}  // namespace

template <class T>
std::unique_ptr<const FftEngine<T>> make_fft_engine(int n) {
  return std::make_unique<const Engine<T>>(n);
}

template std::unique_ptr<const FftEngine<float>> make_fft_engine(int);
template std::unique_ptr<const FftEngine<double>> make_fft_engine(int);

}  // namespace fno::cpu
