// The PTX wrappers on a real device against the software twins by which the emulator stands in for them. Everything the
// emulator says of kernels rests on these being the same.
#include "tests/cuda/on_device/wrappers.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <gtest/gtest.h>
#include <random>

#include "cuda/device.h"
#include "framework/error.h"

namespace fno::wrapper_test {

// The twins: this file sees the device's declarations, the emulated ones are of the same form.
namespace emulated {
[[nodiscard]] Conversions convert(const std::vector<float>& x);
[[nodiscard]] std::vector<float> product_tf32(const Fragments& fragments);
[[nodiscard]] std::vector<float> product_bf16(const Fragments& fragments);
[[nodiscard]] std::vector<std::uint8_t> copied(const std::vector<std::uint8_t>& bytes, int width, int valid);
}  // namespace emulated

namespace {

// The twins are always run, so that a machine without a device checks the test's own data.
class Wrappers : public testing::Test {
 protected:
  void SetUp() override {
    try {
      (void)open_cuda_device(0);
    } catch (const Error& error) {
      no_device_ = error.what();
    }
  }
  // Skips, visibly, where there is no device. To be called after the twin ran.
  [[nodiscard]] bool on_device() const { return no_device_.empty(); }
  std::string no_device_;
  std::mt19937 engine_{1};
};

std::uint32_t bits_of(float value) { return std::bit_cast<std::uint32_t>(value); }
float float_of(std::uint32_t bits) { return std::bit_cast<float>(bits); }
std::uint32_t bf16_of(int value) { return bits_of(static_cast<float>(value)) >> 16; }

Fragments fragments(const std::function<std::uint32_t()>& element, const std::function<float()>& start) {
  Fragments f{std::vector<std::uint32_t>(128), std::vector<std::uint32_t>(64), std::vector<float>(128)};
  std::ranges::generate(f.a, element);
  std::ranges::generate(f.b, element);
  std::ranges::generate(f.d, start);
  return f;
}

TEST_F(Wrappers, ConversionsRoundLikeTheirTwins) {
  std::vector<float> x{0.0f, -0.0f, 1.0f, INFINITY, -INFINITY, 3.4e38f, 1e-40f, -1e-45f};
  // Ties of both formats, and whatever bits come that are not NaN.
  for (const std::uint32_t bits : {0x3f801000u, 0x3f803000u, 0x3f808000u, 0x3f818000u, 0xbf801000u, 0x3f800fffu})
    x.push_back(float_of(bits));
  while (x.size() < 10000)
    if (const float value = float_of(engine_()); !std::isnan(value)) x.push_back(value);
  const Conversions twin = emulated::convert(x);
  EXPECT_EQ(twin.bf16[2], 0x3f80u);
  EXPECT_EQ(twin.tf32[2], 0x3f800000u);
  if (!on_device()) GTEST_SKIP() << no_device_;
  const Conversions device = on_device::convert(x);
  for (std::size_t i = 0; i < x.size(); ++i) {
    ASSERT_EQ(device.tf32[i], twin.tf32[i]) << "to_tf32 of bits " << std::hex << bits_of(x[i]);
    ASSERT_EQ(device.bf16[i], twin.bf16[i]) << "to_bf16 of bits " << std::hex << bits_of(x[i]);
  }
  EXPECT_EQ(device.pairs, twin.pairs);
}

// Small integers are exact in every order of sums: equal bits prove that both read the fragments alike.
TEST_F(Wrappers, ProductsOfIntegersAreEqual) {
  const auto small = [&] { return static_cast<int>(engine_() % 17) - 8; };
  const auto start = [&] { return static_cast<float>(small()); };
  const Fragments tf32 = fragments([&] { return bits_of(static_cast<float>(small())); }, start);
  const Fragments bf16 = fragments([&] { return bf16_of(small()) | bf16_of(small()) << 16; }, start);
  const std::vector<float> tf32_twin = emulated::product_tf32(tf32), bf16_twin = emulated::product_bf16(bf16);
  EXPECT_NE(tf32_twin, tf32.d);
  EXPECT_NE(bf16_twin, bf16.d);
  if (!on_device()) GTEST_SKIP() << no_device_;
  EXPECT_EQ(on_device::product_tf32(tf32), tf32_twin);
  EXPECT_EQ(on_device::product_bf16(bf16), bf16_twin);
}

// Reals agree to the rounding of the sums: 17 terms below 1, which hardware may cut instead of rounding.
TEST_F(Wrappers, ProductsOfRealsAreNear) {
  const auto real = [&] { return static_cast<float>(static_cast<double>(engine_()) / 2147483648.0 - 1.0); };
  const Fragments tf32 = fragments([&] { return bits_of(real()) & 0xffffe000u; }, real);
  const Fragments bf16 = fragments([&] { return (bits_of(real()) >> 16) | (bits_of(real()) & 0xffff0000u); }, real);
  const std::vector<float> tf32_twin = emulated::product_tf32(tf32), bf16_twin = emulated::product_bf16(bf16);
  if (!on_device()) GTEST_SKIP() << no_device_;
  const std::vector<float> tf32_device = on_device::product_tf32(tf32), bf16_device = on_device::product_bf16(bf16);
  constexpr float kNear = 17 * 17 * 1.2e-7f;
  for (std::size_t i = 0; i < tf32_twin.size(); ++i) {
    ASSERT_NEAR(tf32_device[i], tf32_twin[i], kNear) << "register " << i;
    ASSERT_NEAR(bf16_device[i], bf16_twin[i], kNear) << "register " << i;
  }
}

TEST_F(Wrappers, AsynchronousCopiesArrive) {
  for (const int width : {4, 8, 16})
    for (int valid = 0; valid <= width; ++valid) {
      std::vector<std::uint8_t> bytes(static_cast<std::size_t>(2 * kCopyThreads * width));
      std::ranges::generate(bytes, [&] { return static_cast<std::uint8_t>(engine_()); });
      std::vector<std::uint8_t> expected = bytes;
      for (std::size_t i = 0; i < bytes.size(); ++i)
        if (static_cast<int>(i) % width >= valid) expected[i] = 0;
      ASSERT_EQ(emulated::copied(bytes, width, valid), expected) << "twin: " << valid << " of " << width;
      if (on_device()) {
        ASSERT_EQ(on_device::copied(bytes, width, valid), expected) << valid << " of " << width;
      }
    }
  if (!on_device()) GTEST_SKIP() << no_device_;
}

}  // namespace
}  // namespace fno::wrapper_test
