#include <cmath>
#include <gtest/gtest.h>
#include <vector>

#include "framework/cpu/kernel_set.h"
#include "framework/tensor/random.h"

namespace fno::cpu {
namespace {

template <class T>
class Gemm : public testing::Test {};
using Reals = testing::Types<float, double>;
TYPED_TEST_SUITE(Gemm, Reals);

constexpr double kGap = -12345;  // fills what lies between rows; must survive

template <class T>
void expect_product(int m, int n, int k, bool transposed, bool accumulate, Random& random) {
  SCOPED_TRACE(testing::Message() << m << " x " << n << " x " << k << (transposed ? " A'" : "")
                                  << (accumulate ? " added" : ""));
  const int lda = (transposed ? m : k) + 3, ldb = n + 2, ldc = n + 5;
  const auto drawn = [&](int rows, int ld) {
    std::vector<T> values(static_cast<std::size_t>(rows * ld + 1));
    for (T& v : values) v = static_cast<T>(random.normal());
    return values;
  };
  const std::vector<T> a = drawn(transposed ? k : m, lda), b = drawn(k, ldb);
  const std::ptrdiff_t a_row = transposed ? 1 : lda, a_col = transposed ? lda : 1;
  std::vector<T> c(static_cast<std::size_t>(m * ldc + 1), static_cast<T>(kGap));
  std::vector<double> expected(c.begin(), c.end()), size(c.size(), 0);
  for (int i = 0; i < m; ++i)
    for (int j = 0; j < n; ++j) {
      const auto at = static_cast<std::size_t>(i * ldc + j);
      c[at] = static_cast<T>(random.normal());
      double sum = accumulate ? static_cast<double>(c[at]) : 0;
      size[at] = std::fabs(sum);
      for (int p = 0; p < k; ++p) {
        const double term = static_cast<double>(a[static_cast<std::size_t>(i * a_row + p * a_col)]) *
                            static_cast<double>(b[static_cast<std::size_t>(p * ldb + j)]);
        sum += term;
        size[at] += std::fabs(term);
      }
      expected[at] = sum;
    }
  kernel_set().of<T>().gemm(m, n, k, a.data(), a_row, a_col, b.data(), ldb, c.data(), ldc, accumulate, nullptr);
  // The bound of any summation order: (k+1) roundings of the sum of magnitudes.
  const double unit = std::is_same_v<T, float> ? 6e-8 : 1.2e-16;
  for (std::size_t at = 0; at < c.size(); ++at)
    ASSERT_LE(std::fabs(static_cast<double>(c[at]) - expected[at]), (k + 2) * unit * size[at]) << "at " << at;
}

TYPED_TEST(Gemm, EqualsADoubleLoopOverRaggedSizes) {
  Random random(91);
  const std::vector<int> sizes{1, 2, 3, 5, 7, 8, 13, 16, 17, 24, 31, 33, 65};
  for (const int m : sizes)
    for (const int n : sizes)
      for (const int k : {1, 2, 7, 20, 33}) expect_product<TypeParam>(m, n, k, (m + n) % 2, (m + k) % 2, random);
  for (const bool transposed : {false, true})
    for (const bool accumulate : {false, true}) {
      expect_product<TypeParam>(24, 400, 300, transposed, accumulate, random);
      expect_product<TypeParam>(301, 19, 24, transposed, accumulate, random);
    }
}

TYPED_TEST(Gemm, NothingToSumGivesZeroOrLeavesC) {
  using T = TypeParam;
  const T unused = 0;
  std::vector<T> c{1, 2, 3, 4};
  kernel_set().of<T>().gemm(2, 2, 0, &unused, 0, 1, &unused, 2, c.data(), 2, true, nullptr);
  EXPECT_EQ(c, (std::vector<T>{1, 2, 3, 4}));
  kernel_set().of<T>().gemm(2, 2, 0, &unused, 0, 1, &unused, 2, c.data(), 2, false, nullptr);
  EXPECT_EQ(c, (std::vector<T>{0, 0, 0, 0}));
  const std::vector<T> start{5, 6};  // of the rows
  kernel_set().of<T>().gemm(2, 2, 0, &unused, 0, 1, &unused, 2, c.data(), 2, false, start.data());
  EXPECT_EQ(c, (std::vector<T>{5, 5, 6, 6}));
}

TYPED_TEST(Gemm, TransposeOfRaggedBlocks) {
  using T = TypeParam;
  for (const int rows : {1, 3, 8, 17, 40})
    for (const int cols : {1, 2, 8, 15, 33}) {
      const int ld_from = cols + 1, ld_to = rows + 2;
      std::vector<T> from(static_cast<std::size_t>(rows * ld_from)), to(static_cast<std::size_t>(cols * ld_to), -1);
      for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<T>(i);
      kernel_set().of<T>().transpose(rows, cols, from.data(), ld_from, to.data(), ld_to);
      for (int c = 0; c < cols; ++c)
        for (int r = 0; r < ld_to; ++r)
          ASSERT_EQ(to[static_cast<std::size_t>(c * ld_to + r)],
                    r < rows ? from[static_cast<std::size_t>(r * ld_from + c)] : T(-1));
    }
}

}  // namespace
}  // namespace fno::cpu
