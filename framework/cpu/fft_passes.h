#pragma once

#include <array>
#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <type_traits>
#include <utility>
#include <vector>

#include "framework/cpu/fft_lanes.h"

/// The passes under FftPlan, private to it. Data is laid out (row, lane) in split planes, with a multiple of kLanes
/// lanes a row, so that no loop has a remainder. Exchanging the two planes before and after turns a forward transform
/// into an inverse one.
namespace fno::cpu::fft {

constexpr int kMaxRadix = 31;

/// exp(-2 pi i k / n) to the last bit of T: k is reduced mod n and then to an eighth of the circle in integers, and the
/// functions are evaluated one precision above T.
template <class T>
std::complex<T> root(std::int64_t k, std::int64_t n) {
  using Wide = std::conditional_t<std::is_same_v<T, float>, double, long double>;
  k = (k % n + n) % n;
  const std::int64_t quarter = 4 * k / n, rest = 4 * k - quarter * n;  // angle = (quarter + rest / n) right angles
  const bool mirrored = 2 * rest > n;
  const Wide angle =
      std::numbers::pi_v<Wide> / 2 * static_cast<Wide>(mirrored ? n - rest : rest) / static_cast<Wide>(n);
  T c = static_cast<T>(std::cos(angle)), s = static_cast<T>(std::sin(angle));
  if (mirrored) std::swap(c, s);
  switch (quarter) {
    case 0: return {c, -s};
    case 1: return {-s, -c};
    case 2: return {-c, s};
    default: return {s, c};
  }
}

template <class T>
void butterfly(std::array<Complexes<T>, 2>& v) {
  const Complexes<T> a = v[0];
  v[0] = a + v[1];
  v[1] = a - v[1];
}

template <class T>
void butterfly(std::array<Complexes<T>, 3>& v) {
  constexpr T kSin = T(0.866025403784438646763723170752936183L);  // sin(2 pi / 3)
  const Complexes<T> sum = v[1] + v[2], turned = ((v[1] - v[2]) * kSin).times_minus_i();
  const Complexes<T> middle = v[0] - sum * T(0.5);
  v[0] = v[0] + sum;
  v[1] = middle + turned;
  v[2] = middle - turned;
}

template <class T>
void butterfly(std::array<Complexes<T>, 4>& v) {
  const Complexes<T> a = v[0] + v[2], b = v[0] - v[2], c = v[1] + v[3], d = (v[1] - v[3]).times_minus_i();
  v = {a + c, b + d, a - c, b - d};
}

template <class T>
void butterfly(std::array<Complexes<T>, 5>& v) {
  constexpr T kCos1 = T(0.309016994374947424102293417182819059L), kSin1 = T(0.951056516295153572116439333379382143L);
  constexpr T kCos2 = T(-0.809016994374947424102293417182819059L), kSin2 = T(0.587785252292473129168705954639072769L);
  const Complexes<T> a1 = v[1] + v[4], a2 = v[2] + v[3], b1 = v[1] - v[4], b2 = v[2] - v[3];
  const Complexes<T> even1 = v[0] + a1 * kCos1 + a2 * kCos2, even2 = v[0] + a1 * kCos2 + a2 * kCos1;
  const Complexes<T> odd1 = (b1 * kSin1 + b2 * kSin2).times_minus_i();
  const Complexes<T> odd2 = (b1 * kSin2 - b2 * kSin1).times_minus_i();
  v = {v[0] + a1 + a2, even1 + odd1, even2 + odd2, even2 - odd2, even1 - odd1};
}

/// A transform of n rows, n without prime factors above kMaxRadix, over all lanes at once (Stockham, decimation in
/// frequency: each pass splits off one factor and the last leaves the result in natural order).
template <class T>
class Stockham {
 public:
  explicit Stockham(int n) {
    for (const int r : {4, 2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31})
      for (; n % r == 0; n /= r) add_pass(r, n / r);
  }

  /// Transforms (n, lanes) from `x`, with `y` as second buffer. The result is in the returned one of the two.
  Planes<T> run(Planes<T> x, Planes<T> y, std::size_t lanes) const {
    for (const Pass& pass : passes_) {
      switch (pass.radix) {
        case 2: apply<2>(pass, x, y, lanes); break;
        case 3: apply<3>(pass, x, y, lanes); break;
        case 4: apply<4>(pass, x, y, lanes); break;
        case 5: apply<5>(pass, x, y, lanes); break;
        default: apply_odd(pass, x, y, lanes);
      }
      lanes *= static_cast<std::size_t>(pass.radix);
      std::swap(x, y);
    }
    return x;
  }

 private:
  struct Pass {
    int radix, rest;                     // this factor, and the product of those to come
    std::vector<std::complex<T>> twist;  // (rest, radix - 1): exp(-2 pi i p k / (radix * rest)), k = 1 … radix-1
    std::vector<std::complex<T>> sums;   // odd radix: (h, h), h = radix/2: cos and sin of 2 pi j k / radix, j, k >= 1
  };

  void add_pass(int radix, int rest) {
    Pass& pass = passes_.emplace_back(Pass{radix, rest, {}, {}});
    for (std::int64_t p = 0; p < rest; ++p)
      for (int k = 1; k < radix; ++k) pass.twist.push_back(root<T>(p * k, std::int64_t{radix} * rest));
    if (radix <= 5) return;
    for (int k = 1; k <= radix / 2; ++k)
      for (int j = 1; j <= radix / 2; ++j) pass.sums.push_back(std::conj(root<T>(j * k, radix)));
  }

  // y[(R p + k) lanes + q] = twist[p, k] * sum_j x[(p + rest j) lanes + q] exp(-2 pi i j k / R)
  template <int R>
  static void apply(const Pass& pass, Planes<T> x, Planes<T> y, std::size_t lanes) {
    const std::size_t step = lanes * static_cast<std::size_t>(pass.rest);
    const std::complex<T>* w = pass.twist.data();
    for (int p = 0; p < pass.rest; ++p, w += R - 1) {
      const auto row = [&](auto twisted) {
        for (std::size_t q = 0; q < lanes; q += kLanes<T>) {
          std::array<Complexes<T>, R> v;
          for (std::size_t j = 0; j < R; ++j) v[j] = load(x.at(q + j * step));
          butterfly(v);
          store(y.at(q), v[0]);
          for (std::size_t k = 1; k < R; ++k)
            store(y.at(q + k * lanes), twisted ? v[k].times(w[k - 1].real(), w[k - 1].imag()) : v[k]);
        }
      };
      p == 0 ? row(std::false_type{}) : row(std::true_type{});
      x = x.at(lanes);
      y = y.at(R * lanes);
    }
  }

  // The same for any odd radix. Outputs k and radix - k share their sums over the even and odd parts of the input.
  static void apply_odd(const Pass& pass, Planes<T> x, Planes<T> y, std::size_t lanes) {
    const std::size_t r = static_cast<std::size_t>(pass.radix), h = r / 2;
    const std::size_t step = lanes * static_cast<std::size_t>(pass.rest);
    const std::complex<T>* w = pass.twist.data() - 1;  // w[k], k = 1 … r-1
    for (int p = 0; p < pass.rest; ++p, w += r - 1) {
      for (std::size_t q = 0; q < lanes; q += kLanes<T>) {
        std::array<Complexes<T>, kMaxRadix / 2> even, odd;
        const Complexes<T> first = load(x.at(q));
        Complexes<T> total = first;
        for (std::size_t j = 0; j < h; ++j) {
          const Complexes<T> a = load(x.at(q + (j + 1) * step)), b = load(x.at(q + (r - 1 - j) * step));
          even[j] = a + b;
          odd[j] = (a - b).times_minus_i();
          total = total + even[j];
        }
        store(y.at(q), total);
        for (std::size_t k = 1; k <= h; ++k) {
          const std::complex<T>* turn = pass.sums.data() + (k - 1) * h;
          Complexes<T> a = first, b = odd[0] * turn[0].imag();
          a = a + even[0] * turn[0].real();
          for (std::size_t j = 1; j < h; ++j) {
            a = a + even[j] * turn[j].real();
            b = b + odd[j] * turn[j].imag();
          }
          store(y.at(q + k * lanes), (a + b).times(w[k].real(), w[k].imag()));
          store(y.at(q + (r - k) * lanes), (a - b).times(w[r - k].real(), w[r - k].imag()));
        }
      }
      x = x.at(lanes);
      y = y.at(r * lanes);
    }
  }

  std::vector<Pass> passes_;
};

}  // namespace fno::cpu::fft
