#pragma once

#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "tests/support/golden.h"

namespace fno::test {

/// A bound for each precision.
struct Tolerance {
  double float64, float32;
  [[nodiscard]] double of(Dtype dtype) const { return real_of(dtype) == Dtype::float64 ? float64 : float32; }
};

// Those of tests/golden/README.md, times the largest expected value.
inline constexpr Tolerance kFftOutput{1e-12, 1e-6}, kOutput{1e-12, 2e-6}, kGradient{1e-11, 1e-5},
    kOffsetNorm{1e-10, 1e-4}, kLoss{1e-11, 2e-5};

/// All values of a tensor of any type in double; complex numbers as pairs.
[[nodiscard]] std::vector<double> host_values(const Tensor& tensor);

/// |actual - expected| <= tolerance · s with s the largest |expected| (1 if that is below 1e-6). NaN fails, and so
/// does a difference in length.
[[nodiscard]] ::testing::AssertionResult near_scaled(const std::vector<double>& actual,
                                                     const std::vector<double>& expected, double tolerance);

/// |actual - expected| <= absolute + relative · |expected|, element by element. NaN fails.
[[nodiscard]] ::testing::AssertionResult near_mixed(const std::vector<double>& actual,
                                                    const std::vector<double>& expected, double absolute,
                                                    double relative);

/// near_scaled with the tolerance of the tensor's precision; sizes may be arranged otherwise, not differ in number.
[[nodiscard]] ::testing::AssertionResult near_golden(const Tensor& actual, const GoldenArray& expected,
                                                     const Tolerance& tolerance);

/// The same for a complex tensor and the arrays NAME_re and NAME_im, each against its own scale.
[[nodiscard]] ::testing::AssertionResult near_golden_complex(const Tensor& actual, const GoldenFile& file,
                                                             const std::string& in_case, const std::string& name,
                                                             const Tolerance& tolerance);

/// The real (0) or imaginary (1) parts of pairs.
[[nodiscard]] std::vector<double> part_of(const std::vector<double>& pairs, std::size_t part);

}  // namespace fno::test
