#include <algorithm>
#include <cmath>
#include <complex>
#include <cstddef>
#include <functional>
#include <gtest/gtest.h>
#include <numbers>
#include <random>
#include <type_traits>
#include <vector>

#include "framework/cpu/fft.h"
#include "framework/error.h"

namespace fno::cpu {
namespace {

// Oracle: the defining sums over all points, in long double. Every array is seen as (n1, n2, n3), missing axes first
// and of extent 1; angles are reduced axis by axis in integers.
using Exact = std::complex<long double>;
using Shape = std::vector<int>;

struct Grid {
  explicit Grid(const Shape& shape) {
    std::copy(shape.begin(), shape.end(), n + 3 - shape.size());
    for (int a = 0; a < 3; ++a)
      for (int k = 0; k < n[a]; ++k)
        turn[a].push_back(std::polar(1.0L, 2 * std::numbers::pi_v<long double> * static_cast<long double>(k) / n[a]));
  }
  [[nodiscard]] std::size_t points() const { return size(n[2]); }
  [[nodiscard]] std::size_t half_points() const { return size(n[2] / 2 + 1); }
  [[nodiscard]] std::size_t size(int width) const { return static_cast<std::size_t>(n[0] * n[1] * width); }

  /// visit(a, b, c) for all points of (n1, n2, width), in row-major order.
  template <class Visit>
  void each(int width, const Visit& visit) const {
    for (int a = 0; a < n[0]; ++a)
      for (int b = 0; b < n[1]; ++b)
        for (int c = 0; c < width; ++c) visit(a, b, c);
  }
  /// exp(+2 pi i (a1 a2 / n1 + b1 b2 / n2 + c1 c2 / n3))
  [[nodiscard]] Exact wave(int a1, int a2, int b1, int b2, int c1, int c2) const {
    return turn[0][static_cast<std::size_t>(a1 * a2 % n[0])] * turn[1][static_cast<std::size_t>(b1 * b2 % n[1])] *
           turn[2][static_cast<std::size_t>(c1 * c2 % n[2])];
  }

  int n[3] = {1, 1, 1};
  std::vector<Exact> turn[3];
};

/// out[k] = sum_j in[j] exp(-+ 2 pi i j k / n) for k3 < width, in real or complex.
template <class In>
std::vector<Exact> direct(const Grid& grid, const std::vector<In>& in, bool inverse, int width) {
  std::vector<Exact> out;
  grid.each(width, [&](int a2, int b2, int c2) {
    Exact sum;
    auto value = in.begin();
    grid.each(grid.n[2], [&](int a1, int b1, int c1) {
      const Exact w = grid.wave(a1, a2, b1, b2, c1, c2);
      sum += Exact(*value++) * (inverse ? w : std::conj(w));
    });
    out.push_back(sum);
  });
  return out;
}

/// x[j] = sum_k c(k3) Re(y[k] exp(+2 pi i j k / n)), c = 1 for k3 = 0 and, if n3 is even, k3 = n3/2, else 2.
template <class T>
std::vector<Exact> direct_irfft(const Grid& grid, const std::vector<std::complex<T>>& y) {
  std::vector<Exact> out;
  grid.each(grid.n[2], [&](int a2, int b2, int c2) {
    long double sum = 0;
    auto value = y.begin();
    grid.each(grid.n[2] / 2 + 1, [&](int a1, int b1, int c1) {
      const long double weight = c1 == 0 || 2 * c1 == grid.n[2] ? 1 : 2;
      sum += weight * (Exact(*value++) * grid.wave(a1, a2, b1, b2, c1, c2)).real();
    });
    out.push_back(sum);
  });
  return out;
}

template <class Value>
std::vector<Value> noise(std::size_t n, unsigned seed) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<double> uniform(-1, 1);
  std::vector<Value> values(n);
  for (auto& value : values) {
    const double re = uniform(generator), im = uniform(generator);
    if constexpr (std::is_floating_point_v<Value>)
      value = static_cast<Value>(re);
    else
      value = Value(std::complex<double>(re, im));
  }
  return values;
}

/// Largest deviation from expected / divisor as a share of the largest expected value.
template <class Value>
long double deviation(const std::vector<Value>& got, const std::vector<Exact>& expected, long double divisor = 1) {
  long double error = 0, most = 0;
  for (std::size_t k = 0; k < expected.size(); ++k) {
    const long double difference = std::abs(Exact(got[k]) - expected[k] / divisor);
    if (!(difference <= error)) error = difference;  // keeps a NaN
    most = std::max(most, std::abs(expected[k] / divisor));
  }
  return error / most;
}

const std::vector<Shape> kShapes = {
    {1},     {2},     {3},       {4},       {5},       {6},       {7},       {8},       {9},       {12},
    {15},    {17},    {30},      {37},      {64},      {74},      {85},      {97},      {1, 1},    {1, 6},
    {6, 1},  {2, 2},  {7, 9},    {8, 8},    {12, 10},  {5, 16},   {37, 6},   {9, 4},    {4, 62},   {16, 3},
    {3, 66}, {3, 67}, {1, 1, 1}, {2, 3, 4}, {4, 4, 4}, {3, 1, 4}, {1, 5, 2}, {5, 7, 9}, {6, 5, 8}, {4, 6, 7}};

template <class T>
class FftNd : public testing::Test {
 protected:
  using Complex = std::complex<T>;
  static constexpr T kTolerance = sizeof(T) == sizeof(float) ? T(1e-6) : T(1e-12);
};
using Reals = testing::Types<float, double>;
TYPED_TEST_SUITE(FftNd, Reals);

TYPED_TEST(FftNd, RealForwardIsTheDefiningSum) {
  for (const Shape& shape : kShapes) {
    SCOPED_TRACE(testing::PrintToString(shape));
    const Grid grid(shape);
    const auto x = noise<TypeParam>(grid.points(), 1);
    std::vector<std::complex<TypeParam>> x_hat(grid.half_points()), scratch(fft_workspace<TypeParam>(shape));
    rfft(shape, x.data(), x_hat.data(), scratch.data());
    const auto expected = direct(grid, x, false, grid.n[2] / 2 + 1);
    EXPECT_LE(deviation(x_hat, expected), this->kTolerance);
    rfft(shape, x.data(), x_hat.data(), scratch.data(), FftScale::by_points);
    EXPECT_LE(deviation(x_hat, expected, static_cast<long double>(grid.points())), this->kTolerance);
  }
}

TYPED_TEST(FftNd, RealInverseTakesRealPartsOfTheEdgeColumnsLast) {
  // The spectrum is noise, so far from Hermitian.
  for (const Shape& shape : kShapes) {
    SCOPED_TRACE(testing::PrintToString(shape));
    const Grid grid(shape);
    const auto x_hat = noise<std::complex<TypeParam>>(grid.half_points(), 2);
    const auto before = x_hat;
    std::vector<TypeParam> x(grid.points());
    std::vector<std::complex<TypeParam>> scratch(fft_workspace<TypeParam>(shape));
    irfft(shape, x_hat.data(), x.data(), scratch.data());
    const auto expected = direct_irfft(grid, x_hat);
    EXPECT_LE(deviation(x, expected, static_cast<long double>(grid.points())), this->kTolerance);
    irfft(shape, x_hat.data(), x.data(), scratch.data(), FftScale::none);
    EXPECT_LE(deviation(x, expected), this->kTolerance);
    EXPECT_EQ(x_hat, before);
  }
}

TYPED_TEST(FftNd, ComplexTransformsAreTheDefiningSums) {
  for (const Shape& shape : kShapes) {
    SCOPED_TRACE(testing::PrintToString(shape));
    const Grid grid(shape);
    const auto points = static_cast<long double>(grid.points());
    const auto z = noise<std::complex<TypeParam>>(grid.points(), 3);
    std::vector<std::complex<TypeParam>> out(z.size()), scratch(fft_workspace<TypeParam>(shape));
    cfft_forward(shape, z.data(), out.data(), scratch.data());
    EXPECT_LE(deviation(out, direct(grid, z, false, grid.n[2])), this->kTolerance);
    const auto expected = direct(grid, z, true, grid.n[2]);
    cfft_inverse(shape, z.data(), out.data(), scratch.data());
    EXPECT_LE(deviation(out, expected, points), this->kTolerance);
    cfft_inverse(shape, z.data(), out.data(), scratch.data(), FftScale::none);
    EXPECT_LE(deviation(out, expected), this->kTolerance);
    auto in_place = z;
    cfft_inverse(shape, in_place.data(), in_place.data(), scratch.data(), FftScale::none);
    EXPECT_EQ(in_place, out);
  }
}

TYPED_TEST(FftNd, HalfSpectrumKeepsEnergy) {
  // Parseval: the inner columns stand for two.
  for (const Shape& shape : {Shape{128}, Shape{85}, Shape{40, 36}, Shape{21, 45}, Shape{12, 10, 14}}) {
    SCOPED_TRACE(testing::PrintToString(shape));
    const Grid grid(shape);
    const auto x = noise<TypeParam>(grid.points(), 4);
    std::vector<std::complex<TypeParam>> x_hat(grid.half_points()), scratch(fft_workspace<TypeParam>(shape));
    rfft(shape, x.data(), x_hat.data(), scratch.data());
    double before = 0, after = 0;
    for (const TypeParam value : x) before += static_cast<double>(value) * value * static_cast<double>(grid.points());
    auto value = x_hat.begin();
    grid.each(grid.n[2] / 2 + 1, [&](int, int, int c) {
      after += std::norm(std::complex<double>(*value++)) * (c == 0 || 2 * c == grid.n[2] ? 1 : 2);
    });
    EXPECT_NEAR(after / before, 1.0, this->kTolerance);
  }
}

TYPED_TEST(FftNd, LargeTransformReturns) {
  // Oracle: the inverse undoes the forward transform, on sizes beyond the reach of the direct sum.
  for (const Shape& shape : {Shape{4096}, Shape{2 * 1021}, Shape{130, 256}, Shape{51, 211}, Shape{24, 30, 50}}) {
    SCOPED_TRACE(testing::PrintToString(shape));
    const Grid grid(shape);
    const auto x = noise<TypeParam>(grid.points(), 5);
    std::vector<TypeParam> back(x.size());
    std::vector<std::complex<TypeParam>> x_hat(grid.half_points()), scratch(fft_workspace<TypeParam>(shape));
    rfft(shape, x.data(), x_hat.data(), scratch.data());
    irfft(shape, x_hat.data(), back.data(), scratch.data());
    EXPECT_LE(deviation(back, std::vector<Exact>(x.begin(), x.end())), this->kTolerance);
  }
}

TYPED_TEST(FftNd, RefusesShapesOutOfRange) {
  for (const Shape& shape : {Shape{}, Shape{2, 2, 2, 2}, Shape{4, 0}, Shape{-1}, Shape{1 << 16, 1 << 16}}) {
    SCOPED_TRACE(testing::PrintToString(shape));
    std::complex<TypeParam> z;
    TypeParam x = 0;
    for (const auto& call :
         std::vector<std::function<void()>>{[&] { fft_workspace<TypeParam>(shape); }, [&] { rfft(shape, &x, &z, &z); },
                                            [&] { irfft(shape, &z, &x, &z); }, [&] { cfft_forward(shape, &z, &z, &z); },
                                            [&] { cfft_inverse(shape, &z, &z, &z); }}) {
      try {
        call();
        ADD_FAILURE() << "accepted";
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::config);
      }
    }
  }
}

}  // namespace
}  // namespace fno::cpu
