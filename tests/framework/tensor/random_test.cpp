#include "framework/tensor/random.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "framework/tensor/tensor.h"
#include "tests/support/expect_error.h"
#include "tests/support/on_each_device.h"

namespace fno::test {
namespace {

using Block = std::array<std::uint32_t, 4>;

// Known answers published with the generator's reference implementation (Random123, kat_vectors).
TEST(Philox, KnownAnswers) {
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}), (Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
            (Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Random, IsTheStreamOfBlocksNamedBySeedAndStream) {
  Random random(0, 0);
  for (const std::uint32_t expected : {0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u})
    EXPECT_EQ(random.bits(), expected);
  // Seed in the key, stream in the upper half of the counter, block in the lower.
  Random other(0x299f31d0a4093822u, 0x0370734413198a2eu);
  for (std::uint32_t block = 0; block < 3; ++block)
    for (const std::uint32_t expected : philox4x32({block, 0, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}))
      EXPECT_EQ(other.bits(), expected);
}

TEST(Random, NumbersStayInTheirRange) {
  Random random(7);
  double sum = 0, square = 0, uniform = 0;
  constexpr int kCount = 20000;
  for (int i = 0; i < kCount; ++i) {
    const float u = random.uniform();
    EXPECT_TRUE(u >= 0 && u < 1);
    EXPECT_EQ(std::ldexp(u, 24), std::floor(std::ldexp(u, 24)));
    const double v = random.uniform53();
    EXPECT_TRUE(v >= 0 && v < 1);
    uniform += v / kCount;
    const double z = random.normal();
    sum += z / kCount;
    square += z * z / kCount;
    EXPECT_LT(random.below(7), 7u);
  }
  EXPECT_NEAR(uniform, 0.5, 0.01);  // five standard errors
  EXPECT_NEAR(sum, 0, 0.036);
  EXPECT_NEAR(square, 1, 0.05);
  EXPECT_TRUE(throws_error(ErrorKind::config, "the range is empty", [&] { (void)random.below(0); }));
}

TEST(Random, PermutationNamesEveryEntryOnceAndEveryOrderTurnsUp) {
  Random random(8);
  std::vector<std::int64_t> order = random.permutation(1000);
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
  std::sort(order.begin(), order.end());
  for (std::int64_t i = 0; i < 1000; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
  std::map<std::vector<std::int64_t>, int> seen;
  for (int i = 0; i < 6000; ++i) ++seen[random.permutation(3)];
  EXPECT_EQ(seen.size(), 6u);
  for (const auto& [which, count] : seen) EXPECT_NEAR(count, 1000, 150);
  EXPECT_TRUE(random.permutation(0).empty());
}

}  // namespace
}  // namespace fno::test
