#include <array>
#include <cmath>
#include <complex>
#include <numbers>

#include "tests/cuda/parity.h"

namespace fno::cuda_test {
namespace {

using Number = std::complex<double>;

struct Case {
  std::array<int, 3> size;
  int planes;

  [[nodiscard]] int points() const { return size[0] * size[1] * size[2]; }
  [[nodiscard]] int columns() const { return size[2] / 2 + 1; }
  [[nodiscard]] int spectrum() const { return size[0] * size[1] * columns(); }
  [[nodiscard]] std::string name() const {
    return std::to_string(size[0]) + " x " + std::to_string(size[1]) + " x " + std::to_string(size[2]);
  }
};

// One point, lengths without a split (prime or short), with one (18 = 6·3, 20, 21 = 7·3, 64 = 8·8), and larger than a
// tile of the product (37, 130).
std::vector<Case> cases() {
  if (slow_build()) return {{{1, 1, 1}, 1}, {{1, 3, 18}, 2}, {{2, 1, 21}, 1}, {{1, 20, 5}, 1}};
  return {{{1, 1, 1}, 3},  {{1, 1, 2}, 2},   {{1, 1, 17}, 3},  {{1, 1, 18}, 2},  {{1, 1, 37}, 65},
          {{1, 1, 64}, 5}, {{1, 1, 130}, 2}, {{1, 20, 21}, 2}, {{1, 37, 6}, 3},  {{3, 4, 5}, 2},
          {{18, 2, 7}, 1}, {{4, 1, 1}, 2},   {{1, 5, 1}, 1},   {{3, 18, 20}, 1}, {{1, 18, 16}, 40}};
}

double column_weight(int column, int n) { return column == 0 || 2 * column == n ? 1 : 2; }

// exp(sign·iθ) between frequency `k` and point `p` of a grid, both row-major with `columns` frequencies along the last
// axis.
Number wave(const std::array<int, 3>& size, int columns, int k, int p, double sign) {
  const std::array<int, 3> f{k / columns / size[1], k / columns % size[1], k % columns};
  const std::array<int, 3> at{p / size[2] / size[1], p / size[2] % size[1], p % size[2]};
  double turns = 0;
  for (std::size_t a = 0; a < 3; ++a) turns += f[a] * at[a] % size[a] / static_cast<double>(size[a]);
  return std::polar(1.0, sign * 2 * std::numbers::pi * turns);
}

// Direct sums take points² steps; larger cases rest on the CPU backend, which has its own direct tests.
bool small(const Case& c) { return c.points() <= 150; }

std::vector<double> reals(const std::vector<Number>& values) {
  std::vector<double> parts;
  for (const Number& value : values) parts.push_back(value.real()), parts.push_back(value.imag());
  return parts;
}

template <class T>
void rfft(const Case& c, bool weighted, T scale) {
  const auto values = noise<T>(static_cast<std::size_t>(c.planes * c.points()), 1);
  std::vector<Number> oracle;
  for (int plane = 0; plane < c.planes && small(c); ++plane)
    for (int k = 0; k < c.spectrum(); ++k) {
      Number sum = 0;
      for (int p = 0; p < c.points(); ++p)
        sum += wave(c.size, c.columns(), k, p, -1) *
               static_cast<double>(values[static_cast<std::size_t>(plane * c.points() + p)]);
      oracle.push_back(sum * static_cast<double>(scale) * (weighted ? column_weight(k % c.columns(), c.size[2]) : 1.0));
    }
  expect_parity<T>(
      "rfft " + c.name() + (weighted ? ", weighted" : ""),
      [&](auto& place) {
        auto x = place.array(values);
        auto x_hat = place.template room<Complex<T>>(static_cast<std::size_t>(c.planes * c.spectrum()));
        place.run(Rfft<T>{x.data(), x_hat.data(), c.planes, {c.size[0], c.size[1], c.size[2]}, scale, weighted});
        return x_hat.to_host();
      },
      reals(oracle));
}

// The spectrum is not Hermitian: the contract says what that means.
template <class T>
void irfft(const Case& c, bool weighted, T scale) {
  const auto values = complex_noise<T>(static_cast<std::size_t>(c.planes * c.spectrum()), 2);
  std::vector<double> oracle;
  for (int plane = 0; plane < c.planes && small(c); ++plane)
    for (int p = 0; p < c.points(); ++p) {
      double sum = 0;
      for (int k = 0; k < c.spectrum(); ++k) {
        const Complex<T> v = values[static_cast<std::size_t>(plane * c.spectrum() + k)];
        sum += (weighted ? column_weight(k % c.columns(), c.size[2]) : 1.0) *
               (Number(v.re, v.im) * wave(c.size, c.columns(), k, p, 1)).real();
      }
      oracle.push_back(sum * static_cast<double>(scale));
    }
  expect_parity<T>(
      "irfft " + c.name() + (weighted ? ", weighted" : ""),
      [&](auto& place) {
        auto x_hat = place.array(values);
        auto x = place.template room<T>(static_cast<std::size_t>(c.planes * c.points()));
        place.run(Irfft<T>{x_hat.data(), x.data(), c.planes, {c.size[0], c.size[1], c.size[2]}, scale, weighted});
        return x.to_host();
      },
      oracle);
}

template <class T>
void fft(const Case& c, bool inverse, T scale) {
  const auto values = complex_noise<T>(static_cast<std::size_t>(c.planes * c.points()), 3);
  std::vector<Number> oracle;
  for (int plane = 0; plane < c.planes && small(c); ++plane)
    for (int k = 0; k < c.points(); ++k) {
      Number sum = 0;
      for (int p = 0; p < c.points(); ++p) {
        const Complex<T> v = values[static_cast<std::size_t>(plane * c.points() + p)];
        sum += Number(v.re, v.im) * wave(c.size, c.size[2], k, p, inverse ? 1 : -1);
      }
      oracle.push_back(sum * static_cast<double>(scale));
    }
  expect_parity<T>((inverse ? "inverse fft " : "fft ") + c.name(),
                   [&](auto& place) {
                     auto x = place.array(values);
                     auto y = place.template room<Complex<T>>(values.size());
                     place.run(Fft<T>{x.data(), y.data(), c.planes, {c.size[0], c.size[1], c.size[2]}, scale, inverse});
                     return y.to_host();
                   },
                   reals(oracle));
}

// Oracle: the sums of the contracts in double, term by term, and the CPU backend.
TEST(CudaFourier, RfftIsTheSumOfItsContract) {
  for (const Case& one : cases())
    for (const bool weighted : {false, true}) {
      rfft<float>(one, weighted, 0.5f);
      rfft<double>(one, weighted, weighted ? 1.0 : 0.25);
      if (HasFatalFailure()) return;
    }
}

TEST(CudaFourier, IrfftIsTheSumOfItsContract) {
  for (const Case& one : cases())
    for (const bool weighted : {false, true}) {
      irfft<float>(one, weighted, 0.5f);
      irfft<double>(one, weighted, weighted ? 1.0 : 0.25);
      if (HasFatalFailure()) return;
    }
}

TEST(CudaFourier, FftIsTheSumOfItsContract) {
  for (const Case& one : cases())
    for (const bool inverse : {false, true}) {
      fft<float>(one, inverse, 0.5f);
      fft<double>(one, inverse, inverse ? 0.25 : 1.0);
      if (HasFatalFailure()) return;
    }
}

// So many planes that they are transformed in groups; of two points, so that sum and difference are the oracle.
TEST(CudaFourier, ManyPlanesAreTakenInGroups) {
  const std::size_t planes = slow_build() ? 3 : (1 << 20) + 3;
  const auto values = noise<float>(2 * planes, 4);
  OnCuda device;
  auto x = device.array(values);
  auto x_hat = device.room<Complex<float>>(2 * planes);
  device.run(Rfft<float>{x.data(), x_hat.data(), static_cast<std::int64_t>(planes), {1, 1, 2}, 1.0f, false});
  const auto got = x_hat.to_host();
  for (std::size_t i = 0; i < 2 * planes; i += 2) {
    ASSERT_NEAR(got[i].re, values[i] + values[i + 1], 1e-6) << "plane " << i / 2;
    ASSERT_NEAR(got[i + 1].re, values[i] - values[i + 1], 1e-6) << "plane " << i / 2;
  }
}

}  // namespace
}  // namespace fno::cuda_test
