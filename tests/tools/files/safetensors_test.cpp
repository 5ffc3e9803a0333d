#include "tools/files/safetensors.h"

#include "tests/tools/files/io_test_support.h"

namespace fno {
namespace {

using test::expect_error;
using test::slurp;
using test::spill;
using Shape = std::vector<std::int64_t>;

constexpr ErrorKind kKind = ErrorKind::checkpoint;

/// 8 bytes of length, the header, the data.
std::string file_of(const std::string& header, const std::string& data = {}) {
  std::string out;
  for (int i = 0; i < 8; ++i) out += static_cast<char>(header.size() >> (8 * i) & 255);
  return out + header + data;
}

// Oracle: bytes put together by hand from the description of the format.
TEST(WriteSafetensors, WritesTheDocumentedBytes) {
  const test::TempFolder folder;
  const std::string path = folder.file("a.safetensors");
  const std::vector<NamedArray> arrays = {{"b", make_host_array(std::vector<std::uint8_t>{1, 2, 3}, {3})},
                                          {"a", make_host_array(std::vector<float>{1.0f, -2.0f}, {1, 2})}};
  write_safetensors(path, arrays, {{"z", "last"}, {"format", "pt"}});
  std::string header = R"({"__metadata__":{"format":"pt","z":"last"},)"
                       R"("b":{"dtype":"U8","shape":[3],"data_offsets":[8,11]},)"
                       R"("a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}})";
  while (header.size() % 8 != 0) header += ' ';
  EXPECT_EQ(slurp(path), file_of(header, std::string("\0\0\x80\x3f\0\0\0\xc0\1\2\3", 11)));
}

TEST(Safetensors, RoundTripKeepsEverything) {
  const test::TempFolder folder;
  const std::string path = folder.file("a.safetensors");
  std::vector<NamedArray> all;
  all.push_back({"f64", make_host_array(std::vector<double>{1, 2, 3}, {3})});
  all.push_back({"i64", make_host_scalar(std::int64_t{-5})});
  all.push_back({"u64", make_host_scalar(std::uint64_t{5})});
  all.push_back({"f32", make_host_array(std::vector<float>{1, 2, 3, 4}, {2, 2})});
  all.push_back({"i32", make_host_scalar(std::int32_t{-6})});
  all.push_back({"u32", make_host_scalar(std::uint32_t{6})});
  all.push_back({"i16", make_host_scalar(std::int16_t{-7})});
  all.push_back({"u16", make_host_scalar(std::uint16_t{7})});
  all.push_back({"i8", make_host_scalar(std::int8_t{-8})});
  all.push_back({"u8", make_host_scalar(std::uint8_t{8})});
  all.push_back({"bool", make_host_scalar(true)});
  all.push_back({"blocks.0/\u2603 \"q\"", make_host_array(std::vector<std::uint8_t>(5, 9), {5})});
  write_safetensors(path, all, {{"k", "v\n\u2603"}});
  const SafetensorsFile back = read_safetensors(path);
  EXPECT_EQ(back.metadata, (std::map<std::string, std::string>{{"k", "v\n\u2603"}}));
  ASSERT_EQ(back.arrays.size(), all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(back.arrays[i].name, all[i].name);
    EXPECT_EQ(back.arrays[i].array.type, all[i].array.type);
    EXPECT_EQ(back.arrays[i].array.shape, all[i].array.shape);
    EXPECT_EQ(back.arrays[i].array.bytes, all[i].array.bytes);
  }
  const std::string bytes = slurp(path);
  write_safetensors(path, all, {{"k", "v\n\u2603"}});
  EXPECT_EQ(slurp(path), bytes);
  const SafetensorsHeader header = read_safetensors_header(path);
  EXPECT_EQ(header.entries.at(3).shape, (Shape{2, 2}));
  EXPECT_EQ(header.entries.back().end, bytes.size());
}

TEST(Safetensors, NothingAndEmptyArrays) {
  const test::TempFolder folder;
  const std::string path = folder.file("a.safetensors");
  write_safetensors(path, {});
  EXPECT_TRUE(read_safetensors(path).arrays.empty());
  write_safetensors(path, std::vector<NamedArray>{{"e", make_host_array(std::vector<float>{}, {0, 2})},
                                                  {"x", make_host_scalar(1.0f)},
                                                  {"f", make_host_array(std::vector<float>{}, {3, 0})}});
  const SafetensorsFile back = read_safetensors(path);
  ASSERT_EQ(back.arrays.size(), 3u);
  EXPECT_EQ(back.arrays[0].array.shape, (Shape{0, 2}));
  EXPECT_EQ(back.arrays[1].array.to_floats(), std::vector<float>{1.0f});
}

TEST(WriteSafetensors, RefusesWhatTheFormatCannotHold) {
  const test::TempFolder folder;
  const std::string path = folder.file("a.safetensors");
  const HostArray x = make_host_scalar(1.0f);
  const auto refused = [&](std::vector<NamedArray> arrays, const std::string& part) {
    expect_error(kKind, {path, part}, [&] { write_safetensors(path, arrays); });
  };
  refused({{"c", make_host_scalar(std::complex<float>(1))}}, "complex64");
  refused({{"t", make_host_text("a")}}, "str");
  refused({{"x", x}, {"x", x}}, "used twice");
  refused({{"", x}}, "empty or reserved");
  refused({{"__metadata__", x}}, "empty or reserved");
  refused({{"\xff", x}}, "not UTF-8");
  HostArray wrong = x;
  wrong.shape = {2};
  refused({{"x", wrong}}, "does not fit 4 bytes");
  EXPECT_EQ(folder.entries(), 0u);
  expect_error(ErrorKind::storage, {"no/a"}, [&] { write_safetensors(folder.file("no/a"), {}); });
}

class EvilSafetensors : public testing::Test {
 protected:
  void refused(const std::string& bytes, const std::string& part) {
    spill(path_, bytes);
    expect_error(kKind, {path_, part}, [&] { (void)read_safetensors(path_); });
  }
  /// One array "x" with that description, and 8 bytes of data.
  void refused_entry(const std::string& json, const std::string& part) {
    refused(file_of("{\"x\":" + json + "}", std::string(8, '\0')), part);
  }
  const test::TempFolder folder_;
  const std::string path_ = folder_.file("evil.safetensors");
};

TEST_F(EvilSafetensors, CutAtEveryLengthOrTooLong) {
  const std::string good = file_of(R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", std::string(8, '\1'));
  spill(path_, good);
  EXPECT_EQ(read_safetensors(path_).arrays.size(), 1u);
  test::with_each_cut(path_, [&](std::uintmax_t size) {
    SCOPED_TRACE(size);
    expect_error(kKind, {path_}, [&] { (void)read_safetensors(path_); });
  });
  refused(good + "x", "the file has");
  expect_error(kKind, {"none", "No such file"}, [&] { (void)read_safetensors(folder_.file("none")); });
}

TEST_F(EvilSafetensors, HeaderLengths) {
  refused(std::string(8, '\xff') + "{}", "claims 18446744073709551615 bytes; at most 2");
  refused(std::string("\3\0\0\0\0\0\0\0{}", 10), "claims 3 bytes; at most 2");
  // 100,000,001 bytes in a file that has them: a sparse file costs nothing.
  spill(path_, std::string("\x01\xe1\xf5\x05\0\0\0\0", 8));
  std::filesystem::resize_file(path_, 8 + 100'000'001);
  expect_error(kKind, {"claims 100000001 bytes; at most 100000000"}, [&] { (void)read_safetensors(path_); });
}

TEST_F(EvilSafetensors, HeaderThatIsNotADictionary) {
  refused(file_of(""), "not a safetensors file");
  refused(file_of("[]"), "not a safetensors file");
  refused(file_of(" {}"), "not a safetensors file");
  refused(file_of("{"), "not JSON");
  refused(file_of("{} x"), "not JSON");
  refused(file_of("{\"\xff\":1}"), "not JSON");
  refused(file_of(R"({"x":1})"), "'x'");
  refused(file_of("{\"x\":" + std::string(100'000, '[')), "nested deeper");
  refused(file_of(R"({"__metadata__":[]})"), "not a map of texts");
  refused(file_of(R"({"__metadata__":{"a":1}})"), "not a text");
}

TEST_F(EvilSafetensors, KeysThatOccurTwice) {
  const std::string x = R"("x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]})";
  refused(file_of("{" + x + "," + x + "}", std::string(8, '\0')), "'x' twice");
  refused_entry(R"({"dtype":"F32","shape":[2],"shape":[2],"data_offsets":[0,8]})", "'shape' twice");
  refused(file_of(R"({"__metadata__":{"a":"1","a":"2"}})"), "'a' twice");
}

TEST_F(EvilSafetensors, Entries) {
  refused_entry(R"({"dtype":"F32","shape":[2]})", "is not {dtype, shape, data_offsets}");
  refused_entry(R"({"dtype":"F32","shape":[2],"data_offsets":[0,8],"more":1})", "is not {dtype, shape, data_offsets}");
  refused_entry(R"({"dtype":32,"shape":[2],"data_offsets":[0,8]})", "is not {dtype, shape, data_offsets}");
  refused_entry(R"({"dtype":"BF16","shape":[4],"data_offsets":[0,8]})", "dtype is 'BF16'");
  refused_entry(R"({"dtype":"f32","shape":[2],"data_offsets":[0,8]})", "dtype is 'f32'");
  for (const char* shape : {"2", "[-2]", "[2.0]", "[\"2\"]", "[18446744073709551615]", "{}"})
    refused_entry(R"({"dtype":"F32","shape":)" + std::string(shape) + R"(,"data_offsets":[0,8]})", "shape is not");
  for (const char* offsets : {"[0]", "[0,8,8]", "[8,0]", "[0,9]", "[0,9223372036854775807]"})
    refused_entry(R"({"dtype":"F32","shape":[2],"data_offsets":)" + std::string(offsets) + "}", "are not a range");
  refused_entry(R"({"dtype":"F32","shape":[3],"data_offsets":[0,8]})", "needs 12 bytes, data_offsets span 8");
  // Known from other readers: the product wraps around 64 bits to something that fits.
  refused_entry(R"({"dtype":"F32","shape":[4194305,4194305,211106198978564],"data_offsets":[0,8]})",
                "larger than any file");
  refused_entry(R"({"dtype":"F32","shape":[4611686018427387906],"data_offsets":[0,8]})", "larger than any file");
}

TEST_F(EvilSafetensors, ArraysThatOverlapOrLeaveGaps) {
  const auto two = [](const std::string& a, const std::string& b) {
    return file_of(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":)" + a +
                       R"(},"b":{"dtype":"U8","shape":[4],"data_offsets":)" + b + "}}",
                   std::string(8, '\0'));
  };
  spill(path_, two("[4,8]", "[0,4]"));
  EXPECT_EQ(read_safetensors(path_).arrays.front().name, "b");
  refused(two("[0,4]", "[3,7]"), "inside the array before");
  refused(two("[0,4]", "[0,4]"), "inside the array before");
  refused(two("[1,5]", "[4,8]"), "leaves a gap");
  refused(file_of(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})", std::string(8, '\0')), "arrays end at");
  refused(file_of("{}", "x"), "arrays end at");
}

}  // namespace
}  // namespace fno
