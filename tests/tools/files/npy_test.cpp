#include "tools/files/npy.h"

#include <limits>

#include "tests/tools/files/io_test_support.h"

namespace fno {
namespace {

using test::data_file;
using test::expect_error;
using test::slurp;
using test::spill;
using Shape = std::vector<std::int64_t>;

const std::vector<float> kSample = {-3.0f, -1.5f, 0.0f, 1.5f, 3.0f, 4.5f};  // of data/make_fixtures.py

TEST(ReadNpy, AllVersionsOfNumPy) {
  for (const char* name : {"v1.npy", "v2.npy", "v3.npy", "python2.npy"}) {
    const HostArray a = read_npy(data_file(name));
    EXPECT_EQ(a.shape, (Shape{2, 3})) << name;
    EXPECT_EQ(a.type, HostType::f32) << name;
    EXPECT_EQ(a.to_floats(), kSample) << name;
  }
  EXPECT_EQ(read_npy(data_file("text.npy")).to_texts(), (std::vector<std::string>{"a", "", "longer"}));
}

TEST(ReadNpy, FortranOrderComesInCOrder) {
  EXPECT_EQ(read_npy(data_file("fortran_column.npy")).to_floats(), (std::vector<float>{-3.0f, -1.5f, 0.0f}));
  const HostArray a = read_npy(data_file("fortran.npy"));
  EXPECT_EQ(a.shape, (Shape{2, 3}));
  EXPECT_EQ(a.to_floats(), kSample);
  EXPECT_TRUE(read_npy_file_header(data_file("fortran.npy")).fortran_order);
  const NpyReader file(data_file("fortran.npy"));
  EXPECT_TRUE(file.info("").fortran_order);
  const HostArray second = file.read_range("", 1, 1);
  EXPECT_EQ(second.shape, (Shape{1, 3}));
  EXPECT_EQ(second.to_floats(), (std::vector<float>{1.5f, 3.0f, 4.5f}));
}

TEST(ReadNpy, HalfPrecision) {
  const HostArray a = read_npy(data_file("half.npy"));
  EXPECT_EQ(a.type, HostType::f16);
  EXPECT_EQ(a.to_floats(), (std::vector<float>{0, 0}));
}

TEST(ReadNpy, RefusesOtherTypes) {
  for (const char* name : {"object.npy", "structured.npy"})
    expect_error(ErrorKind::data, {name, "not supported", "float64"}, [&] { (void)read_npy(data_file(name)); });
  const NpyHeader header = read_npy_file_header(data_file("structured.npy"));
  EXPECT_FALSE(header.type);
  EXPECT_EQ(header.descr, "[('a', '<f4'), ('b', '<i4', (2,))]");
  EXPECT_EQ(header.shape, Shape{2});
}

// Oracle: the bytes that numpy.save wrote.
TEST(WriteNpy, WritesTheBytesOfNumPy) {
  const test::TempFolder folder;
  const std::string path = folder.file("a.npy");
  write_npy(path, make_host_array(kSample, {2, 3}));
  EXPECT_EQ(slurp(path), slurp(data_file("v1.npy")));
  write_npy(path, make_host_scalar(2.5));
  EXPECT_EQ(slurp(path), slurp(data_file("scalar_f8.npy")));
  write_npy(path, make_host_array(std::vector<std::int64_t>{1234567, 1234568, 1234569}, {1, 3, 1}));
  EXPECT_EQ(slurp(path), slurp(data_file("long_axis.npy")));
  HostArray texts = read_npy(data_file("text.npy"));
  write_npy(path, texts);
  EXPECT_EQ(slurp(path), slurp(data_file("text.npy")));
}

TEST(WriteNpy, RefusesAContradiction) {
  const test::TempFolder folder;
  HostArray a = make_host_scalar(1.0f);
  a.shape = {2};
  expect_error(ErrorKind::data, {"(2,)", "8 bytes"}, [&] { write_npy(folder.file("a.npy"), a); });
  EXPECT_EQ(folder.entries(), 0u);
}

/// An NPY file of version 1 with that header text.
std::string npy(const std::string& header, const std::string& data = {}) {
  std::string out("\x93NUMPY\x01\x00", 8);
  out += static_cast<char>(header.size() & 255);
  out += static_cast<char>(header.size() >> 8);
  return out + header + data;
}

class EvilNpy : public testing::Test {
 protected:
  void refused(const std::string& bytes, const std::string& part) {
    spill(path_, bytes);
    expect_error(ErrorKind::data, {path_, part}, [&] { (void)read_npy(path_); });
  }
  const test::TempFolder folder_;
  const std::string path_ = folder_.file("evil.npy");
};

TEST_F(EvilNpy, CutAnywhereOrTooLong) {
  const std::string good = slurp(data_file("v1.npy"));
  refused(good + "x", "needs 24 bytes of elements, there are 25");
  spill(path_, good);
  test::with_each_cut(path_, [&](std::uintmax_t size) {
    SCOPED_TRACE(size);
    expect_error(ErrorKind::data, {path_}, [&] { (void)read_npy(path_); });
  });
}

TEST_F(EvilNpy, MissingFileAndFolder) {
  expect_error(ErrorKind::data, {"none.npy", "No such file"}, [&] { (void)read_npy(folder_.file("none.npy")); });
  expect_error(ErrorKind::data, {folder_.path(), "folder"}, [&] { (void)read_npy(folder_.path()); });
}

TEST_F(EvilNpy, WrongMarkVersionAndLength) {
  std::string bytes = slurp(data_file("v1.npy"));
  bytes[0] = 'x';
  refused(bytes, "mark of an NPY array");
  bytes = slurp(data_file("v1.npy"));
  bytes[6] = 4;
  refused(bytes, "version 4.0");
  bytes[6] = 1;
  bytes[7] = 1;
  refused(bytes, "version 1.1");
  bytes = slurp(data_file("v2.npy"));
  for (int i = 8; i < 12; ++i) bytes[static_cast<std::size_t>(i)] = '\xff';
  refused(bytes, "claims 4294967295 bytes");
}

TEST_F(EvilNpy, HeaderThatIsNotTheDictionary) {
  const std::string tail(4, '\0');
  const char* const headers[] = {"",
                                 "[]",
                                 "{}",
                                 "nonsense",
                                 "{'descr': '<f4', 'fortran_order': False}",
                                 "{'descr': '<f4', 'fortran_order': False, 'shape': ()} x",
                                 "{'descr': '<f4', 'fortran_order': 0, 'shape': ()}",
                                 "{'descr': '<f4', 'fortran_order': False, 'shape': (1)}",
                                 "{'descr': '<f4', 'fortran_order': False, 'shape': 1}",
                                 "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}",
                                 "{'descr': '<f4', 'fortran_order': False, 'shape': (1.0,)}",
                                 "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775808,)}",
                                 "{'descr': '<f4', 'fortran_order': False, 'shape': (), 'shape': ()}",
                                 "{'descr': '<f4', 'fortran_order': False, 'shape': (), 'more': ()}",
                                 "{'descr': '<f4', 'fortran_order': False, 'shape': (",
                                 "{'descr': '<f4",
                                 "{'descr': [('a', '<f4')",
                                 "{'descr': '<f4' 'fortran_order': False, 'shape': ()}",
                                 "{'descr' '<f4', 'fortran_order': False, 'shape': ()}",
                                 "{descr: '<f4', 'fortran_order': False, 'shape': ()}",
                                 "{'descr': '<f4', 'fortran_order': False, 'shape': ()\n\t"};
  for (const char* header : headers) refused(npy(header, tail), "NPY header");
  std::string axes;
  for (int i = 0; i < 65; ++i) axes += "1,";
  refused(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (" + axes + ")}", tail), "at most 64 axes");
  // Control bytes of a file do not reach the terminal.
  refused(npy("{'\x1b[2J\n': 1}"), "\\x1b[2J\\x0a");
}

TEST_F(EvilNpy, TypesThatDoNotExist) {
  for (const char* descr : {"", "f4", "<f", "<f16", "|f4", "=f4", "<x4", "<f4x", "<f-4", "<b2", "|U3", "<c4", "|S5"})
    refused(npy("{'descr': '" + std::string(descr) + "', 'fortran_order': False, 'shape': ()}", "abcd"),
            "not supported");
}

TEST_F(EvilNpy, ShapesThatOverflow) {
  const std::string tail(4, '\0');
  for (const char* shape : {"(4194305, 4194305, 211106198978564)", "(4294967296, 4294967296)", "(4611686018427387904,)",
                            "(0, 9223372036854775807, 2)"})
    refused(npy("{'descr': '<f4', 'fortran_order': False, 'shape': " + std::string(shape) + "}", tail),
            "larger than any file");
  refused(npy("{'descr': '<U9223372036854775807', 'fortran_order': False, 'shape': (1,)}", tail),
          "larger than any file");
  refused(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000,)}", tail), "there are 4");
}

/// Delivers zeros, notes what is asked for, and ends with an error.
class Recorder : public ByteSource {
 public:
  explicit Recorder(std::uint64_t have) : left_(have) {}
  void read(std::span<std::byte> out) override {
    largest_ = std::max<std::uint64_t>(largest_, out.size());
    if (out.size() > left_) fail(ErrorKind::data, "ends");
    left_ -= out.size();
  }
  std::uint64_t largest_ = 0;

 private:
  std::uint64_t left_;
};

TEST(ReadGrowing, NeverAsksForMuchMoreThanHasArrived) {
  Recorder source(10'000);
  expect_error(ErrorKind::data, {"ends"}, [&] { (void)read_growing(source, std::uint64_t{1} << 40, 1000); });
  EXPECT_LE(source.largest_, 10'000u);
  Recorder enough(100'000);
  EXPECT_EQ(read_growing(enough, 100'000, 1000).size(), 100'000u);
  EXPECT_TRUE(read_growing(enough, 0, 0).empty());
}

}  // namespace
}  // namespace fno
