#include "tools/files/npz.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <limits>

#include "tests/tools/files/io_test_support.h"

namespace fno {
namespace {

using test::data_file;
using test::expect_error;
using test::slurp;
using test::spill;
using Shape = std::vector<std::int64_t>;

/// The (2, 3) arrays of data/make_fixtures.py, written down again from its words.
template <class T>
std::vector<T> sample() {
  std::vector<T> v;
  for (int i = 0; i < 6; ++i) {
    if constexpr (std::is_unsigned_v<T>) {
      v.push_back(i == 5 ? std::numeric_limits<T>::max() : static_cast<T>(3 * i));
    } else if constexpr (std::is_integral_v<T>) {
      v.push_back(i == 0 ? std::numeric_limits<T>::min() : static_cast<T>(7 * i));
    } else if constexpr (std::is_floating_point_v<T>) {
      v.push_back(static_cast<T>(1.5 * (i - 2)));
    } else {
      using Part = typename T::value_type;
      v.push_back(T(static_cast<Part>(1.5 * (i - 2)), static_cast<Part>(i)));
    }
  }
  return v;
}

template <class T>
void expect_sample(const NpzReader& npz, const std::string& name) {
  const HostArray a = npz.read(name);
  EXPECT_EQ(a.shape, (Shape{2, 3})) << name;
  ASSERT_EQ(a.type, host_type_of<T>()) << name;
  const auto values = a.values<T>();
  EXPECT_EQ(std::vector<T>(values.begin(), values.end()), sample<T>()) << name;
}

class NumPyFile : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(SavezAndCompressed, NumPyFile, testing::Values("stored.npz", "deflated.npz"));

TEST_P(NumPyFile, ReadsEveryType) {
  const NpzReader npz(data_file(GetParam()));
  for (const std::string prefix : {"", "be_"}) {
    expect_sample<std::uint16_t>(npz, prefix + "u2");
    expect_sample<std::int16_t>(npz, prefix + "i2");
    expect_sample<std::uint32_t>(npz, prefix + "u4");
    expect_sample<std::int32_t>(npz, prefix + "i4");
    expect_sample<std::uint64_t>(npz, prefix + "u8");
    expect_sample<std::int64_t>(npz, prefix + "i8");
    expect_sample<float>(npz, prefix + "f4");
    expect_sample<double>(npz, prefix + "f8");
    expect_sample<std::complex<float>>(npz, prefix + "c8");
    expect_sample<std::complex<double>>(npz, prefix + "c16");
  }
  expect_sample<std::uint8_t>(npz, "u1");
  expect_sample<std::int8_t>(npz, "i1");
  const HostArray flags = npz.read("b1");
  EXPECT_EQ(flags.type, HostType::boolean);
  EXPECT_EQ(flags.to_floats(), (std::vector<float>{0, 1, 0, 1, 0, 1}));
}

TEST_P(NumPyFile, ReadsScalarsEmptyArraysTextAndSpecialValues) {
  const NpzReader npz(data_file(GetParam()));
  EXPECT_TRUE(npz.read("scalar").shape.empty());
  EXPECT_EQ(npz.read("scalar").to_doubles(), std::vector<double>{2.5});
  EXPECT_EQ(npz.read("one").to_doubles(), std::vector<double>{7});
  EXPECT_EQ(npz.read("empty").shape, (Shape{0, 3}));
  EXPECT_TRUE(npz.read("empty").to_floats().empty());
  EXPECT_EQ(npz.read("text").to_texts(), std::vector<std::string>{"h\u00e9llo \u2603 \U0001d11e"});
  EXPECT_EQ(npz.read("texts").to_texts(), (std::vector<std::string>{"a", "", "longer"}));
  EXPECT_EQ(npz.read("be_text").to_texts(), (std::vector<std::string>{"a", "\u2603"}));
  const auto special = npz.read("special").to_floats();
  EXPECT_TRUE(std::isnan(special.at(0)) && special.at(1) == INFINITY && special.at(2) == -INFINITY);
  EXPECT_TRUE(special.at(3) == 0 && std::signbit(special.at(3)));
}

TEST_P(NumPyFile, ListsNamesAndHeaders) {
  const NpzReader npz(data_file(GetParam()));
  EXPECT_EQ(npz.names().size(), 30u);
  EXPECT_EQ(npz.names().front(), "b1");
  EXPECT_EQ(npz.names().back(), "special");
  EXPECT_TRUE(npz.contains("f4") && npz.contains("f4.npy"));
  EXPECT_FALSE(npz.contains("f5"));
  EXPECT_EQ(npz.read("f4.npy").to_floats(), sample<float>());
  const NpyHeader header = npz.header("be_c8");
  EXPECT_EQ(header.type, HostType::c64);
  EXPECT_EQ(header.shape, (Shape{2, 3}));
  EXPECT_TRUE(header.big_endian);
  EXPECT_EQ(npz.header("texts").text_width, 6);
  expect_error(ErrorKind::data, {GetParam(), "'nope'", "missing", "'b1', 'u1'"}, [&] { (void)npz.read("nope"); });
}

TEST(NpzReader, ReadsDataDescriptorsAndZip64) {
  for (const char* name : {"streamed.npz", "zip64.npz"}) {
    const NpzReader npz(data_file(name));
    EXPECT_EQ(npz.names(), std::vector<std::string>{"x"});
    expect_sample<float>(npz, "x");
  }
}

TEST(NpzReader, ListsObjectsAndGivesTheirBytes) {
  const NpzReader npz(data_file("objects.npz"));
  EXPECT_EQ(npz.names(), (std::vector<std::string>{"meta", "x"}));
  expect_error(ErrorKind::data, {"objects.npz", "'meta'", "'|O'", "not supported"}, [&] { (void)npz.read("meta"); });
  EXPECT_FALSE(npz.header("meta").type);
  EXPECT_EQ(npz.header("meta").descr, "|O");
  const auto raw = npz.raw_member("meta");
  const std::string text(reinterpret_cast<const char*>(raw.data()), raw.size());
  EXPECT_EQ(text.substr(1, 5), "NUMPY");
  EXPECT_NE(text.find("value \u2603"), std::string::npos);
  expect_sample<float>(npz, "x");
}

TEST(NpzReader, PassesOverFoldersAndGivesPlainMembers) {
  const NpzReader npz(data_file("mixed.npz"));
  EXPECT_EQ(npz.names(), (std::vector<std::string>{"readme.txt", "folder/x"}));
  EXPECT_EQ(npz.raw_member("readme.txt"), test::to_bytes("not an array\n"));
  expect_error(ErrorKind::data, {"readme.txt", "mark of an NPY array"}, [&] { (void)npz.read("readme.txt"); });
  expect_sample<float>(npz, "folder/x");
}

TEST(EvilNpz, IsRefusedWithItsName) {
  const struct {
    const char* file;
    const char* part;
  } cases[] = {{"evil_duplicate.npz", "'x.npy': occurs twice"},
               {"evil_two_spellings.npz", "'x': occurs twice"},
               {"evil_overflow.npz", "(4294967296, 4294967296) of float32 is larger than any file"},
               {"evil_shape.npz", "needs 4000000000 bytes of elements, there are 16"},
               {"evil_four_gib.npz", "claims 4294967294 bytes from"},
               {"evil_short.npz", "needs 24 bytes of elements, there are 28"},
               {"evil_long.npz", "needs 24 bytes of elements, there are 20"},
               {"evil_overlap.npz", "reaches beyond byte 0"},
               {"evil_count.npz", "claims 65520 members"},
               {"evil_encrypted.npz", "encrypted"},
               {"evil_bzip2.npz", "method 12"}};
  for (const auto& [file, part] : cases)
    expect_error(ErrorKind::data, {file, part}, [path = data_file(file)] { (void)NpzReader(path).read("x"); });
}

TEST(EvilNpz, ClaimsThatDoNotMatchTheDeflatedBytes) {
  expect_error(ErrorKind::data, {"evil_short.npz", "claims 156 bytes, inflates to 152"},
               [] { (void)NpzReader(data_file("evil_short.npz")).raw_member("x"); });
  expect_error(ErrorKind::data, {"evil_long.npz", "do not end after the 148 bytes claimed"},
               [] { (void)NpzReader(data_file("evil_long.npz")).raw_member("x"); });
  expect_error(ErrorKind::data, {"evil_one.npz", "do not end after the 151 bytes claimed"},
               [] { (void)NpzReader(data_file("evil_one.npz")).raw_member("x"); });
}

TEST(EvilNpz, NameThatDiffersFromTheDirectory) {
  const test::TempFolder folder;
  std::string bytes = slurp(data_file("zip64.npz"));
  ASSERT_EQ(bytes.substr(30, 5), "x.npy");
  bytes[30] = 'y';
  spill(folder.file("a.npz"), bytes);
  expect_error(ErrorKind::data, {"a.npz", "'x'", "another name"},
               [&] { (void)NpzReader(folder.file("a.npz")).read("x"); });
}

TEST(EvilNpz, MissingFileEmptyFileAndOtherFile) {
  const test::TempFolder folder;
  expect_error(ErrorKind::data, {"none.npz", "No such file"}, [&] { (void)NpzReader(folder.file("none.npz")); });
  spill(folder.file("empty.npz"), "");
  expect_error(ErrorKind::data, {"empty.npz", "not a zip archive"}, [&] { (void)NpzReader(folder.file("empty.npz")); });
  spill(folder.file("text.npz"), std::string(100'000, 'P'));
  expect_error(ErrorKind::data, {"text.npz", "not a zip archive"}, [&] { (void)NpzReader(folder.file("text.npz")); });
}

TEST(EvilNpz, CutAtEveryLength) {
  const test::TempFolder folder;
  for (const std::string name : {"streamed.npz", "zip64.npz"}) {
    const std::string path = folder.file(name);
    spill(path, slurp(data_file(name)));
    test::with_each_cut(path, [&](std::uintmax_t size) {
      SCOPED_TRACE(name + " cut to " + std::to_string(size));
      expect_error(ErrorKind::data, {path}, [&] { (void)NpzReader(path).read("x"); });
    });
  }
}

TEST(EvilNpz, EveryFlippedBitIsRefusedOrHarmless) {
  // A zip has bits that nothing depends on (dates, attributes). A flip must be refused or leave the values alone.
  const test::TempFolder folder;
  for (const std::string name : {"streamed.npz", "zip64.npz"}) {
    const std::string path = folder.file(name);
    spill(path, slurp(data_file(name)));
    std::size_t refused = 0;
    test::with_each_bit_flipped(path, [&](std::size_t bit) {
      try {
        const NpzReader npz(path);
        ASSERT_EQ(npz.names().size(), 1u);
        EXPECT_EQ(npz.read(npz.names()[0]).to_floats(), sample<float>()) << name << " bit " << bit;
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::data);
        ++refused;
      }
    });
    EXPECT_GT(refused, 4 * slurp(path).size()) << name;
  }
}

TEST(EvilNpz, DamagedElementsOfAStoredArrayFailTheirCrc) {
  const test::TempFolder folder;
  std::string bytes = slurp(data_file("zip64.npz"));
  const std::size_t at = bytes.find(", }");
  ASSERT_NE(at, std::string::npos);
  bytes[bytes.find('\n', at) + 5] ^= 1;
  spill(folder.file("a.npz"), bytes);
  expect_error(ErrorKind::data, {"a.npz", "'x'", "CRC-32"}, [&] { (void)NpzReader(folder.file("a.npz")).read("x"); });
}

std::vector<NamedArray> one_of_each() {
  std::vector<NamedArray> all;
  all.push_back({"b1", make_host_scalar(true)});
  all.push_back({"u1", make_host_array(sample<std::uint8_t>(), {2, 3})});
  all.push_back({"i1", make_host_array(sample<std::int8_t>(), {3, 2})});
  all.push_back({"u2", make_host_array(sample<std::uint16_t>(), {6})});
  all.push_back({"i2", make_host_array(sample<std::int16_t>(), {1, 6})});
  all.push_back({"u4", make_host_array(sample<std::uint32_t>(), {2, 1, 3})});
  all.push_back({"i4", make_host_array(sample<std::int32_t>(), {6, 1})});
  all.push_back({"u8", make_host_array(sample<std::uint64_t>(), {2, 3})});
  all.push_back({"i8", make_host_array(sample<std::int64_t>(), {2, 3})});
  all.push_back({"f4", make_host_array(sample<float>(), {2, 3})});
  all.push_back({"f8", make_host_array(sample<double>(), {2, 3})});
  all.push_back({"c8", make_host_array(sample<std::complex<float>>(), {2, 3})});
  all.push_back({"c16", make_host_array(sample<std::complex<double>>(), {2, 3})});
  all.push_back({"none", make_host_array(std::vector<float>{}, {4, 0, 2})});
  all.push_back({"text", make_host_text("sn\u00f6w \u2603")});
  all.push_back({"n\u00e4me/with.dots", make_host_scalar(2.5)});
  all.push_back({"zeros", make_host_array(std::vector<float>(200'000), {200, 1000})});  // deflates 1000 : 1
  return all;
}

TEST(WriteNpz, RoundTripKeepsEverything) {
  const test::TempFolder folder;
  const auto all = one_of_each();
  for (const bool compress : {false, true}) {
    write_npz(folder.file("a.npz"), all, compress);
    const NpzReader npz(folder.file("a.npz"));
    ASSERT_EQ(npz.names().size(), all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
      EXPECT_EQ(npz.names()[i], all[i].name);
      const HostArray back = npz.read(all[i].name);
      EXPECT_EQ(back.type, all[i].array.type);
      EXPECT_EQ(back.shape, all[i].array.shape);
      EXPECT_EQ(back.bytes, all[i].array.bytes) << all[i].name;
      EXPECT_EQ(back.text_width, all[i].array.text_width);
    }
    const std::string first = slurp(folder.file("a.npz"));
    write_npz(folder.file("b.npz"), all, compress);
    EXPECT_EQ(slurp(folder.file("b.npz")), first) << "not deterministic";
    EXPECT_EQ(first.size() < 100'000, compress);
  }
  write_npz(folder.file("empty.npz"), {}, false);
  EXPECT_TRUE(NpzReader(folder.file("empty.npz")).names().empty());
}

/// Runs a Python program and returns its output; "no python" where that or NumPy is missing.
std::string python(const std::string& program, const std::string& argument) {
  const std::string command =
      R"(for p in python3 /usr/bin/python3; do "$p" -c 'import numpy' 2>/dev/null && break; p=; done
[ -n "$p" ] || { echo no python; exit; }
"$p" - ')" +
      argument + "' <<'END' 2>&1\n" + program + "\nEND\n";
  std::FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return "no python";
  std::string out;
  std::array<char, 4096> piece{};
  for (std::size_t got = 0; (got = std::fread(piece.data(), 1, piece.size(), pipe)) > 0;) out.append(piece.data(), got);
  ::pclose(pipe);
  return out;
}

TEST(WriteNpz, NumPyReadsIt) {
  const test::TempFolder folder;
  const std::string program = R"(
import sys, zipfile, numpy as np
for name in ("stored", "deflated"):
    path = sys.argv[1] + "/" + name + ".npz"
    assert zipfile.ZipFile(path).testzip() is None
    f = np.load(path)
    assert len(f.files) == 17, f.files
    i = np.arange(6)
    for code in "u1 i1 u2 i2 u4 i4 u8 i8 f4 f8 c8 c16".split():
        a, t = f[code], np.dtype(code)
        v = 3 * i if t.kind == "u" else 7 * i if t.kind == "i" else 1.5 * (i - 2.0) + (1j * i if t.kind == "c" else 0)
        v = v.astype(t)
        if t.kind == "u": v[5] = np.iinfo(t).max
        if t.kind == "i": v[0] = np.iinfo(t).min
        assert a.dtype == t and np.array_equal(a.ravel(), v), (code, a)
    assert f["b1"].shape == () and f["b1"] == True and f["b1"].dtype == bool
    assert f["i1"].shape == (3, 2) and f["u4"].shape == (2, 1, 3)
    assert f["none"].shape == (4, 0, 2) and f["none"].dtype == np.float32
    assert str(f["text"]) == "sn\u00f6w \u2603", f["text"]
    assert f["n\u00e4me/with.dots"] == 2.5
    assert f["zeros"].shape == (200, 1000) and not f["zeros"].any()
print("all well"))";
  write_npz(folder.file("stored.npz"), one_of_each(), false);
  write_npz(folder.file("deflated.npz"), one_of_each(), true);
  const std::string answer = python(program, folder.path());
  if (answer == "no python\n") GTEST_SKIP() << "python3 with numpy is not installed";
  EXPECT_EQ(answer, "all well\n");
}

TEST(WriteNpz, NeedsZip64BeyondTheCountOf16Bits) {
  // 65,536 members do not fit the old end record; what NumPyReadsIt checks for small files is checked here by size.
  const test::TempFolder folder;
  std::vector<NamedArray> many;
  for (std::uint32_t i = 0; i < 65'536; ++i) many.push_back({std::to_string(i), make_host_scalar(i)});
  write_npz(folder.file("many.npz"), many, false);
  const NpzReader npz(folder.file("many.npz"));
  ASSERT_EQ(npz.names().size(), many.size());
  EXPECT_EQ(npz.read("65535").values<std::uint32_t>()[0], 65'535u);
  const std::string program = R"(
import sys, zipfile
z = zipfile.ZipFile(sys.argv[1] + "/many.npz")
print(len(z.namelist()), int.from_bytes(z.read("40000.npy")[-4:], "little")))";
  const std::string answer = python(program, folder.path());
  if (answer == "no python\n") GTEST_SKIP() << "python3 with numpy is not installed";
  EXPECT_EQ(answer, "65536 40000\n");
}

TEST(WriteNpz, RefusesBadNamesAndPlaces) {
  const test::TempFolder folder;
  const HostArray a = make_host_scalar(1.0f);
  const std::string path = folder.file("a.npz");
  expect_error(ErrorKind::storage, {path, "'x'", "used twice"}, [&] {
    write_npz(path, std::vector<NamedArray>{{"x", a}, {"x.npy", a}}, false);
  });
  expect_error(ErrorKind::storage, {path, "1 to 65000"}, [&] {
    write_npz(path, std::vector<NamedArray>{{"", a}}, false);
  });
  HostArray wrong = a;
  wrong.shape = {3};
  expect_error(ErrorKind::data, {path, "'x'", "12 bytes"}, [&] {
    write_npz(path, std::vector<NamedArray>{{"x", wrong}}, false);
  });
  EXPECT_EQ(folder.entries(), 0u);
  expect_error(ErrorKind::storage, {"no/a.npz", "No such file"}, [&] {
    write_npz(folder.file("no/a.npz"), std::vector<NamedArray>{{"x", a}}, true);
  });
}

}  // namespace
}  // namespace fno
