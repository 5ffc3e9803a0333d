#include "tools/files/host_array.h"

#include <cmath>
#include <limits>

#include "tests/tools/files/io_test_support.h"

namespace fno {
namespace {

using test::expect_error;
using Shape = std::vector<std::int64_t>;

TEST(CheckedCount, MultipliesExtents) {
  EXPECT_EQ(checked_count(Shape{}), 1);
  EXPECT_EQ(checked_count(Shape{2, 3, 7}), 42);
  EXPECT_EQ(checked_count(Shape{5, 0, 7}), 0);
  EXPECT_EQ(checked_count(Shape{INT64_MAX}), INT64_MAX);
}

TEST(CheckedCount, RefusesNegativeAndOverflow) {
  EXPECT_FALSE(checked_count(Shape{2, -1}));
  EXPECT_FALSE(checked_count(Shape{std::int64_t{1} << 32, std::int64_t{1} << 31}));
  EXPECT_FALSE(checked_count(Shape{4194305, 4194305, 211106198978564}));  // 2^64 + a little: wraps to a small number
  EXPECT_FALSE(checked_count(Shape{0, std::int64_t{1} << 62, 4}));        // a zero does not excuse the rest
}

TEST(CheckedBytes, CountsTheElementSize) {
  EXPECT_EQ(checked_bytes(HostType::c128, 0, Shape{3, 5}), 240);
  EXPECT_EQ(checked_bytes(HostType::text, 7, Shape{2}), 56);
  EXPECT_FALSE(checked_bytes(HostType::f32, 0, Shape{std::int64_t{1} << 61}));
  EXPECT_TRUE(checked_bytes(HostType::f32, 0, Shape{(std::int64_t{1} << 61) - 1}));
  EXPECT_FALSE(checked_bytes(HostType::text, INT64_MAX, Shape{1}));
  EXPECT_FALSE(checked_bytes(HostType::text, -1, Shape{1}));
}

TEST(HostArray, KeepsValuesAndShape) {
  const HostArray a = make_host_array(std::vector<float>{1, 2, 3, 4, 5, 6}, {2, 3});
  EXPECT_EQ(a.type, HostType::f32);
  EXPECT_EQ(a.count(), 6);
  EXPECT_EQ(a.values<float>()[4], 5.0f);
  EXPECT_EQ(a.to_doubles()[5], 6.0);
  EXPECT_EQ(make_host_scalar(std::int64_t{-9}).values<std::int64_t>()[0], -9);
  EXPECT_EQ(make_host_scalar(true).values<std::uint8_t>()[0], 1);
  EXPECT_EQ(make_host_array(std::vector<double>{}, {0, 4}).to_floats().size(), 0u);
}

TEST(HostArray, ConvertsEveryRealType) {
  const auto first = [](const HostArray& a) { return a.to_doubles().at(0); };
  EXPECT_EQ(first(make_host_scalar(std::uint8_t{255})), 255.0);
  EXPECT_EQ(first(make_host_scalar(std::int8_t{-128})), -128.0);
  EXPECT_EQ(first(make_host_scalar(std::uint16_t{65535})), 65535.0);
  EXPECT_EQ(first(make_host_scalar(std::int16_t{-32768})), -32768.0);
  EXPECT_EQ(first(make_host_scalar(std::uint32_t{4294967295u})), 4294967295.0);
  EXPECT_EQ(first(make_host_scalar(std::int32_t{-5})), -5.0);
  EXPECT_EQ(first(make_host_scalar(std::uint64_t{1} << 63)), 0x1p63);
  EXPECT_EQ(first(make_host_scalar(std::int64_t{-1} << 62)), -0x1p62);
  EXPECT_EQ(first(make_host_scalar(0.5f)), 0.5);
  EXPECT_EQ(first(make_host_scalar(0.1)), 0.1);
  EXPECT_EQ(make_host_scalar(0.1).to_floats().at(0), 0.1f);
  EXPECT_TRUE(std::isnan(make_host_scalar(std::numeric_limits<double>::quiet_NaN()).to_floats().at(0)));
  // A byte of a file may hold any value; all but zero are true.
  EXPECT_EQ(first(make_host_array(HostType::boolean, {1}, {std::byte{7}})), 1.0);
}

// Oracle: IEEE 754 binary16, sign, 5 bits of exponent about 15, 10 bits of fraction.
TEST(HostArray, ConvertsHalfPrecision) {
  const std::uint16_t bits[] = {0x3C00, 0xC100, 0x7BFF, 0x0001, 0x3555};
  std::vector<std::byte> bytes(sizeof bits);
  std::memcpy(bytes.data(), bits, sizeof bits);
  const HostArray a = make_host_array(HostType::f16, {5}, bytes);
  EXPECT_EQ(a.to_doubles(), (std::vector<double>{1, -2.5, 65504, std::ldexp(1.0, -24), 1365.0 / 4096}));
}

TEST(HostArray, ReadsARangeOfElements) {
  const HostArray a = make_host_array(std::vector<std::int16_t>{1, -2, 3, -4}, {4});
  std::vector<double> part(2);
  a.read_doubles(1, part);
  EXPECT_EQ(part, (std::vector<double>{-2, 3}));
}

TEST(HostArray, PermutesItsAxes) {
  std::vector<float> values(24);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  const HostArray a = make_host_array(values, {2, 3, 4});
  const std::vector<std::size_t> order{2, 0, 1};
  const HostArray b = permuted(a, order);
  EXPECT_EQ(b.shape, (std::vector<std::int64_t>{4, 2, 3}));
  const std::vector<float> moved = b.to_floats();
  for (std::size_t i = 0; i < 2; ++i)
    for (std::size_t j = 0; j < 3; ++j)
      for (std::size_t k = 0; k < 4; ++k) EXPECT_EQ(moved[(k * 2 + i) * 3 + j], values[(i * 3 + j) * 4 + k]);
}

TEST(HostArray, ConvertsComplexTypes) {
  using C = std::complex<float>;
  EXPECT_EQ(make_host_scalar(std::complex<double>(0.1, -2)).to_complexes().at(0), C(0.1f, -2));
  EXPECT_EQ(make_host_scalar(C(3, 4)).to_complexes().at(0), C(3, 4));
  EXPECT_EQ(make_host_scalar(std::int32_t{-3}).to_complexes().at(0), C(-3, 0));
  EXPECT_EQ(make_host_scalar(true).to_complexes().at(0), C(1, 0));
}

TEST(HostArray, HoldsText) {
  const HostArray a = make_host_text("h\u00e9llo \u2603 \U0001d11e");
  EXPECT_EQ(a.text_width, 9);
  EXPECT_TRUE(a.shape.empty());
  EXPECT_EQ(a.to_texts().at(0), "h\u00e9llo \u2603 \U0001d11e");
  EXPECT_EQ(make_host_text("").to_texts().at(0), "");
}

TEST(HostArray, RefusesWhatDoesNotFit) {
  const HostArray f = make_host_scalar(1.0f);
  expect_error(ErrorKind::data, {"a.npz: 'x'", "float32", "float64"}, [&] { (void)f.values<double>("a.npz: 'x'"); });
  expect_error(ErrorKind::data, {"complex64"}, [] { (void)make_host_scalar(std::complex<float>(1)).to_floats(); });
  expect_error(ErrorKind::data, {"str"}, [] { (void)make_host_text("a").to_doubles(); });
  expect_error(ErrorKind::data, {"str", "float32"}, [&] { (void)f.to_texts(); });
  expect_error(ErrorKind::data, {"(2, 2)", "16", "12"}, [] { (void)make_host_array(std::vector<float>(3), {2, 2}); });
  expect_error(ErrorKind::data, {"(-1,)"}, [] { (void)make_host_array(std::vector<float>(3), {-1}); });
  expect_error(ErrorKind::data, {"65 axes"}, [] { (void)make_host_array(std::vector<float>(1), Shape(65, 1)); });
  expect_error(ErrorKind::data, {"UTF-8"}, [] { (void)make_host_text("\xff"); });
  HostArray text = make_host_text("a");
  text.bytes[3] = std::byte{0x7F};
  expect_error(ErrorKind::data, {"not Unicode"}, [&] { (void)text.to_texts(); });
}

}  // namespace
}  // namespace fno
