#pragma once

#include <algorithm>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "framework/cpu/fft_passes.h"

/// Transforms of lengths without large prime factors in work memory, private to FftPlan.
namespace fno::cpu::fft {

constexpr std::size_t kAlignment = 64;

template <class T>
std::size_t padded(int count) {
  constexpr int kStep = kLanes<T>;
  return static_cast<std::size_t>((count + kStep - 1) / kStep * kStep);
}

/// Reals to set aside for a plane of `size`: whole cache lines, at least one to spare, since planes a multiple of 4096
/// bytes apart would make loads wait for unrelated stores.
template <class T>
std::size_t plane_size(std::size_t size) {
  constexpr std::size_t kLine = kAlignment / sizeof(T);
  return (size / kLine + 2) * kLine;
}

template <class T>
Planes<T> planes(T* work, std::size_t size) {
  return {work, work + size};
}

template <class T>
void clear(Planes<T> to, std::size_t count) {
  std::fill_n(to.re, count, T{0});
  std::fill_n(to.im, count, T{0});
}

/// row[i] *= factor[i]
template <class T>
void multiply(Planes<T> row, Planes<const T> factor, std::size_t count) {
  std::size_t i = 0;
  for (; i + kLanes<T> <= count; i += kLanes<T>) store(row.at(i), load(row.at(i)).times(load(factor.at(i))));
  for (; i < count; ++i) {
    const T re = row.re[i], im = row.im[i];
    row.re[i] = re * factor.re[i] - im * factor.im[i];
    row.im[i] = re * factor.im[i] + im * factor.re[i];
  }
}

/// row[i] *= factor
template <class T>
void multiply(Planes<T> row, T re, T im, std::size_t lanes) {
  for (std::size_t i = 0; i < lanes; i += kLanes<T>) store(row.at(i), load(row.at(i)).times(re, im));
}

/// Complex constants, in planes.
template <class T>
struct Table {
  explicit Table(std::size_t size = 0) : re(size), im(size) {}
  void set(std::size_t i, std::complex<T> value) { re[i] = value.real(), im[i] = value.imag(); }
  [[nodiscard]] Planes<const T> at(std::size_t i) const { return {re.data() + i, im.data() + i}; }
  std::vector<T> re, im;
};

/// The largest divisor of n that is not above its square root.
inline int balanced_divisor(int n) {
  int best = 1;
  for (int d = 2; std::int64_t{d} * d <= n; ++d)
    if (n % d == 0) best = d;
  return best;
}

/// A transform without large prime factors: many columns at once, or a single one. A single one is done as a square,
/// n = n1 n2: columns of length n1, a twist, a transposition and columns of length n2, which keeps all lanes busy.
template <class T>
class SmoothFft {
 public:
  explicit SmoothFft(int n)
      : n_(n),
        n1_(balanced_divisor(n)),
        n2_(n / n1_),
        whole_(n),
        first_(n1_),
        second_(n2_),
        twist_(static_cast<std::size_t>(n1_) * padded<T>(n2_)) {
    for (std::int64_t k1 = 0; k1 < n1_; ++k1)
      for (std::int64_t j2 = 0; j2 < n2_; ++j2)
        twist_.set(static_cast<std::size_t>(k1) * padded<T>(n2_) + static_cast<std::size_t>(j2), root<T>(j2 * k1, n));
  }

  [[nodiscard]] int size() const { return n_; }

  Planes<T> columns(Planes<T> x, Planes<T> y, std::size_t lanes) const { return whole_.run(x, y, lanes); }

  /// Reals of work memory for `single`.
  [[nodiscard]] std::size_t single_workspace() const { return 4 * single_plane(); }

  /// source(j, count, to, lanes) delivers elements j … j+count-1, and zeros up to `lanes`; sink(k, count, from)
  /// takes results, and may overwrite them.
  template <class Source, class Sink>
  void single(const Source& source, const Sink& sink, T* work) const {
    const std::size_t size = single_plane(), lanes1 = padded<T>(n1_), lanes2 = padded<T>(n2_);
    const Planes<T> x = planes(work, size), y = planes(work + 2 * size, size);
    for (int j1 = 0; j1 < n1_; ++j1) source(j1 * n2_, n2_, x.at(static_cast<std::size_t>(j1) * lanes2), lanes2);
    const Planes<T> rows = first_.run(x, y, lanes2);
    const Planes<T> turned = rows.re == x.re ? y : x;
    turn(rows, lanes2, turned, lanes1);
    const Planes<T> result = second_.run(turned, rows, lanes1);
    for (int k2 = 0; k2 < n2_; ++k2) sink(k2 * n1_, n1_, result.at(static_cast<std::size_t>(k2) * lanes1));
  }

 private:
  [[nodiscard]] std::size_t single_plane() const {
    return plane_size<T>(
        std::max(static_cast<std::size_t>(n1_) * padded<T>(n2_), static_cast<std::size_t>(n2_) * padded<T>(n1_)));
  }

  // to[j2, k1] = from[k1, j2] exp(-2 pi i j2 k1 / n) for j2 < n2 and k1 < n1, zero in the other lanes.
  void turn(Planes<T> from, std::size_t from_lanes, Planes<T> to, std::size_t to_lanes) const {
    const std::size_t n1 = static_cast<std::size_t>(n1_), n2 = static_cast<std::size_t>(n2_);
    for (std::size_t k1 = 0; k1 < n1; k1 += kLanes<T>)
      for (std::size_t j2 = 0; j2 < n2; j2 += kLanes<T>) {
        Tile<T> tile{};
        for (std::size_t i = 0; i < std::min<std::size_t>(kLanes<T>, n1 - k1); ++i) {
          const std::size_t at = (k1 + i) * from_lanes + j2;
          tile[i] = load(from.at(at)).times(load(twist_.at(at)));
        }
        transpose(tile);
        for (std::size_t i = 0; i < std::min<std::size_t>(kLanes<T>, n2 - j2); ++i)
          store(to.at((j2 + i) * to_lanes + k1), tile[i]);
      }
  }

  int n_, n1_, n2_;
  Stockham<T> whole_, first_, second_;
  Table<T> twist_;  // (n1, lanes of n2): exp(-2 pi i j2 k1 / n), zero in the padding
};

}  // namespace fno::cpu::fft
