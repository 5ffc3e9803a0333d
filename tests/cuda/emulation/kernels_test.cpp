#include <gtest/gtest.h>

#include "tests/cuda/emulation/kernel_cases.h"

namespace fno::emulation_test {
namespace {

using cu::emulated::Options;
using cu::emulated::ScopedOptions;

// Oracle: the same in double, with tolerances from the number of roundings. And the same bits in every order.
TEST(Kernels, CorrectOnesAreNearDoubleAndTheSameInEveryOrder) {
  for (const Case& one : correct_cases()) {
    std::vector<float> first;
    for (const Options& wanted : cu::emulated::all_options()) {
      SCOPED_TRACE(one.name + " in order " + wanted.describe());
      const ScopedOptions scope(wanted);
      const std::vector<float> got = one.run();
      ASSERT_EQ(first_wrong(one, got), -1);
      if (first.empty()) first = got;
      ASSERT_TRUE(same_bits(first, got));
    }
  }
}

TEST(Kernels, TestNoticesNaN) {
  const Case one{.name = "", .run = {}, .expected = {1.0}, .tolerance = {1.0}};
  EXPECT_EQ(first_wrong(one, {std::nanf("")}), 0);
}

// Oracle: of all floats with 16 bits, the result is the nearest; between two, the one with an even last bit.
TEST(Bfloat16, RoundsToNearestEven) {
  for (const float value : noise(2000, 11)) {
    const cu::bfloat16 got = cu::host_to_bf16(value);
    for (const int step : {-1, 1}) {
      const cu::bfloat16 neighbour{static_cast<std::uint16_t>(got.bits + step)};
      const double mine = std::abs(double{value} - cu::host_to_float(got));
      const double other = std::abs(double{value} - cu::host_to_float(neighbour));
      ASSERT_TRUE(mine < other || (mine == other && got.bits % 2 == 0)) << value;
    }
  }
  EXPECT_EQ(cu::host_to_bf16(1.0f + 1.0f / 256).bits, 0x3f80);  // a tie, down to even
  EXPECT_EQ(cu::host_to_bf16(1.0f + 3.0f / 256).bits, 0x3f82);  // a tie, up to even
  EXPECT_TRUE(std::isnan(cu::host_to_float(cu::host_to_bf16(std::nanf("")))));
  EXPECT_TRUE(std::isinf(cu::host_to_float(cu::host_to_bf16(3.4e38f))));
}

}  // namespace
}  // namespace fno::emulation_test
