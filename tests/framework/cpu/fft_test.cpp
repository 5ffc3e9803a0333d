#include "framework/cpu/fft.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <gtest/gtest.h>
#include <numbers>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "framework/error.h"

namespace fno::cpu {
namespace {

// Oracle: the defining sums, in long double, with the angle reduced in integers.
using Exact = std::complex<long double>;

std::vector<Exact> roots(int n, int sign) {
  std::vector<Exact> table;
  for (int k = 0; k < n; ++k)
    table.push_back(std::polar(1.0L, sign * 2 * std::numbers::pi_v<long double> * static_cast<long double>(k) / n));
  return table;
}

template <class T>
std::vector<Exact> direct(const std::vector<std::complex<T>>& in, int sign) {
  const std::size_t n = in.size();
  const std::vector<Exact> turn = roots(static_cast<int>(n), sign);
  std::vector<Exact> out(n);
  for (std::size_t k = 0; k < n; ++k) {
    long double re = 0, im = 0;
    for (std::size_t j = 0; j < n; ++j) {
      const Exact& w = turn[j * k % n];
      re += in[j].real() * w.real() - in[j].imag() * w.imag();
      im += in[j].real() * w.imag() + in[j].imag() * w.real();
    }
    out[k] = {re, im};
  }
  return out;
}

template <class T>
std::vector<std::complex<T>> noise(std::size_t n, unsigned seed) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<T> uniform(-1, 1);
  std::vector<std::complex<T>> z(n);
  for (auto& value : z) {
    const T re = uniform(generator);
    value = {re, uniform(generator)};
  }
  return z;
}

/// Largest deviation as a share of the largest expected value.
template <class T>
long double deviation(const std::complex<T>* got, const std::vector<Exact>& expected) {
  long double error = 0, most = 0;
  for (std::size_t k = 0; k < expected.size(); ++k) {
    const long double difference = std::abs(Exact(got[k]) - expected[k]);
    if (!(difference <= error)) error = difference;  // keeps a NaN
    most = std::max(most, std::abs(expected[k]));
  }
  return error / most;
}

std::vector<int> lengths() {
  std::vector<int> all{211, 421, 1000, 1021};
  for (int n = 1; n <= 130; ++n) all.push_back(n);
  return all;
}

/// Scratch of exactly the promised size, with sentinels around it, so that it seldom starts on a cache line.
template <class T>
class Scratch {
 public:
  explicit Scratch(std::size_t size) : store_(size + kGuard + 1, kSentinel) {}
  std::complex<T>* data() { return store_.data() + 1; }
  bool intact() const {
    return store_.front() == kSentinel &&
           std::all_of(store_.end() - kGuard, store_.end(), [](const std::complex<T>& z) { return z == kSentinel; });
  }

 private:
  static constexpr std::ptrdiff_t kGuard = 16;
  static constexpr std::complex<T> kSentinel{T(1234.5), T(-54.25)};
  std::vector<std::complex<T>> store_;
};

template <class T>
class Fft : public testing::Test {
 protected:
  static constexpr T kTolerance = sizeof(T) == sizeof(float) ? T(1e-6) : T(1e-12);
};
using Reals = testing::Types<float, double>;
TYPED_TEST_SUITE(Fft, Reals);

TYPED_TEST(Fft, ForwardAndInverseAreTheDefiningSums) {
  for (const int n : lengths()) {
    SCOPED_TRACE(n);
    const FftPlan<TypeParam> plan(n);
    ASSERT_EQ(plan.size(), n);
    Scratch<TypeParam> scratch(plan.workspace());
    const auto z = noise<TypeParam>(static_cast<std::size_t>(n), static_cast<unsigned>(n));
    std::vector<std::complex<TypeParam>> out(z.size());
    plan.forward(z.data(), 1, out.data(), scratch.data());
    EXPECT_LE(deviation(out.data(), direct(z, -1)), this->kTolerance);
    plan.inverse(z.data(), 1, out.data(), scratch.data());
    const auto expected = direct(z, +1);
    EXPECT_LE(deviation(out.data(), expected), this->kTolerance);
    auto in_place = z;
    plan.inverse(in_place.data(), 1, in_place.data(), scratch.data());
    EXPECT_EQ(in_place, out);
    EXPECT_TRUE(scratch.intact());
  }
}

TYPED_TEST(Fft, StrideSkipsWhatLiesBetween) {
  for (const int n : {1, 2, 6, 16, 31, 37, 64, 85, 211}) {
    SCOPED_TRACE(n);
    const FftPlan<TypeParam>& plan = fft_plan<TypeParam>(n);
    Scratch<TypeParam> scratch(plan.workspace());
    const auto wide = noise<TypeParam>(static_cast<std::size_t>(n) * 3, 7);
    std::vector<std::complex<TypeParam>> z, out(static_cast<std::size_t>(n));
    for (std::size_t j = 0; j < out.size(); ++j) z.push_back(wide[3 * j]);
    plan.forward(wide.data(), 3, out.data(), scratch.data());
    EXPECT_LE(deviation(out.data(), direct(z, -1)), this->kTolerance);
    plan.inverse(wide.data(), 3, out.data(), scratch.data());
    EXPECT_LE(deviation(out.data(), direct(z, +1)), this->kTolerance);
  }
}

TYPED_TEST(Fft, ColumnsAreIndependentTransforms) {
  for (const int n : {1, 2, 3, 4, 5, 7, 12, 31, 37, 64, 85, 94, 211})
    for (const int count : {1, 2, 3, 7, 8, 9, 31, 32, 33, 70}) {  // around a vector and around a block of columns
      SCOPED_TRACE(testing::Message() << "n " << n << ", count " << count);
      const FftPlan<TypeParam>& plan = fft_plan<TypeParam>(n);
      Scratch<TypeParam> scratch(plan.workspace(count));
      const std::size_t rows = static_cast<std::size_t>(n), columns = static_cast<std::size_t>(count);
      const std::size_t stride = columns + 2, out_stride = columns + 5;
      const auto in = noise<TypeParam>(rows * stride, 11);
      const std::complex<TypeParam> untouched(9, 9);
      std::vector<std::complex<TypeParam>> out(rows * out_stride, untouched), back = out;
      plan.forward_columns(in.data(), static_cast<std::ptrdiff_t>(stride), count, out.data(),
                           static_cast<std::ptrdiff_t>(out_stride), scratch.data());
      plan.inverse_columns(in.data(), static_cast<std::ptrdiff_t>(stride), count, back.data(),
                           static_cast<std::ptrdiff_t>(out_stride), scratch.data());
      EXPECT_TRUE(scratch.intact());
      for (std::size_t k = 0; k < rows; ++k)
        for (std::size_t c = columns; c < out_stride; ++c) ASSERT_EQ(out[k * out_stride + c], untouched);
      for (std::size_t c = 0; c < columns; c += c + 3 < columns ? 3 : 1) {
        std::vector<std::complex<TypeParam>> z, column, column_back;
        for (std::size_t j = 0; j < rows; ++j) {
          z.push_back(in[j * stride + c]);
          column.push_back(out[j * out_stride + c]);
          column_back.push_back(back[j * out_stride + c]);
        }
        ASSERT_LE(deviation(column.data(), direct(z, -1)), this->kTolerance) << "column " << c;
        ASSERT_LE(deviation(column_back.data(), direct(z, +1)), this->kTolerance) << "column " << c;
      }
    }
}

TYPED_TEST(Fft, RowsAreIndependentTransforms) {
  for (const int n : {1, 2, 3, 5, 8, 9, 12, 31, 37, 64, 85, 94, 211})
    for (const int count : {1, 2, 3, 7, 8, 9, 10, 11, 31, 32, 33, 35}) {
      SCOPED_TRACE(testing::Message() << "n " << n << ", count " << count);
      const FftPlan<TypeParam>& plan = fft_plan<TypeParam>(n);
      Scratch<TypeParam> scratch(plan.workspace(count));
      const std::size_t length = static_cast<std::size_t>(n), rows = static_cast<std::size_t>(count);
      const std::size_t distance = length + 3, out_distance = length + 1;
      const auto in = noise<TypeParam>(rows * distance, 13);
      const std::complex<TypeParam> untouched(9, 9);
      std::vector<std::complex<TypeParam>> out(rows * out_distance, untouched), back = out;
      plan.forward_rows(in.data(), static_cast<std::ptrdiff_t>(distance), count, out.data(),
                        static_cast<std::ptrdiff_t>(out_distance), scratch.data());
      plan.inverse_rows(in.data(), static_cast<std::ptrdiff_t>(distance), count, back.data(),
                        static_cast<std::ptrdiff_t>(out_distance), scratch.data());
      EXPECT_TRUE(scratch.intact());
      for (std::size_t r = 0; r < rows; ++r) {
        ASSERT_EQ(out[r * out_distance + length], untouched);
        if (r % 3 != 0 && r + 1 != rows) continue;
        const auto* row = in.data() + r * distance;
        const std::vector<std::complex<TypeParam>> z(row, row + length);
        ASSERT_LE(deviation(out.data() + r * out_distance, direct(z, -1)), this->kTolerance) << "row " << r;
        ASSERT_LE(deviation(back.data() + r * out_distance, direct(z, +1)), this->kTolerance) << "row " << r;
      }
    }
}

TYPED_TEST(Fft, ColumnsAndRowsWorkInPlace) {
  for (const int n : {6, 37}) {
    const FftPlan<TypeParam>& plan = fft_plan<TypeParam>(n);
    Scratch<TypeParam> scratch(plan.workspace(40));
    auto z = noise<TypeParam>(static_cast<std::size_t>(n) * 40, 3);
    std::vector<std::complex<TypeParam>> out(z.size());
    plan.forward_columns(z.data(), 40, 40, out.data(), 40, scratch.data());
    auto in_place = z;
    plan.forward_columns(in_place.data(), 40, 40, in_place.data(), 40, scratch.data());
    EXPECT_EQ(in_place, out);
    plan.forward_rows(z.data(), n, 40, out.data(), n, scratch.data());
    plan.forward_rows(z.data(), n, 40, z.data(), n, scratch.data());
    EXPECT_EQ(z, out);
  }
}

TYPED_TEST(Fft, OneWaveIsOneLine) {
  // Oracle: orthogonality of waves, at lengths beyond the reach of the direct sum.
  for (const int n : {4096, 10007, 30030, 65536, 87808}) {
    SCOPED_TRACE(n);
    const FftPlan<TypeParam> plan(n);
    Scratch<TypeParam> scratch(plan.workspace());
    const auto turn = roots(n, +1);
    const std::int64_t line = n / 3 + 1;
    std::vector<std::complex<TypeParam>> z, out(static_cast<std::size_t>(n));
    for (std::int64_t j = 0; j < n; ++j) z.emplace_back(turn[static_cast<std::size_t>(j * line % n)]);
    std::vector<Exact> expected(out.size());
    expected[static_cast<std::size_t>(line)] = static_cast<long double>(n);
    plan.forward(z.data(), 1, out.data(), scratch.data());
    EXPECT_LE(deviation(out.data(), expected), this->kTolerance);
  }
}

TYPED_TEST(Fft, KeepsEnergyAndIsLinear) {
  for (const int n : {30, 64, 85, 131, 421}) {
    SCOPED_TRACE(n);
    const FftPlan<TypeParam>& plan = fft_plan<TypeParam>(n);
    Scratch<TypeParam> scratch(plan.workspace());
    const std::size_t size = static_cast<std::size_t>(n);
    const auto x = noise<TypeParam>(size, 1), y = noise<TypeParam>(size, 2);
    const std::complex<TypeParam> a(TypeParam(0.5), -2);
    std::vector<std::complex<TypeParam>> sum(size), x_hat(size), y_hat(size), sum_hat(size);
    for (std::size_t j = 0; j < size; ++j) sum[j] = a * x[j] + y[j];
    plan.forward(x.data(), 1, x_hat.data(), scratch.data());
    plan.forward(y.data(), 1, y_hat.data(), scratch.data());
    plan.forward(sum.data(), 1, sum_hat.data(), scratch.data());
    double before = 0, after = 0;
    std::vector<Exact> expected(size);
    for (std::size_t k = 0; k < size; ++k) {
      before += std::norm(x[k]) * n;
      after += std::norm(x_hat[k]);
      expected[k] = Exact(a) * Exact(x_hat[k]) + Exact(y_hat[k]);
    }
    EXPECT_NEAR(after / before, 1.0, this->kTolerance);
    EXPECT_LE(deviation(sum_hat.data(), expected), 3 * this->kTolerance);
  }
}

TYPED_TEST(Fft, PlansAreSharedBetweenThreads) {
  constexpr int kThreads = 4, kLength = 386;  // 2 * 193, used by no other test
  std::vector<const FftPlan<TypeParam>*> plans(kThreads);
  std::vector<std::vector<std::complex<TypeParam>>> outs(kThreads);
  const auto z = noise<TypeParam>(kLength, 5);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      plans[t] = &fft_plan<TypeParam>(kLength);
      Scratch<TypeParam> scratch(plans[t]->workspace());
      outs[t].resize(kLength);
      plans[t]->forward(z.data(), 1, outs[t].data(), scratch.data());
    });
  for (auto& thread : threads) thread.join();
  const auto expected = direct(z, -1);
  for (std::size_t t = 0; t < kThreads; ++t) {
    EXPECT_EQ(plans[t], plans[0]);
    EXPECT_LE(deviation(outs[t].data(), expected), this->kTolerance);
  }
}

TYPED_TEST(Fft, RefusesLengthsBelowOne) {
  for (const int n : {0, -4}) {
    try {
      const FftPlan<TypeParam> plan(n);
      ADD_FAILURE() << "accepted " << n;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::config);
      EXPECT_NE(std::string(error.what()).find(std::to_string(n)), std::string::npos);
    }
    EXPECT_THROW(fft_plan<TypeParam>(n), Error);
    EXPECT_THROW(RealFftPlan<TypeParam>{n}, Error);
  }
}

}  // namespace
}  // namespace fno::cpu
