// Files of other programs, made by data/make_foreign.py with the libraries of those programs (PyTorch's by hand), and
// ours read back. Element i of an array is i, of a complex one i - 1 + 2 i j.
#include <numeric>

#include "tests/tools/files/io_test_support.h"
#include "tools/files/formats/hdf5_file.h"
#include "tools/files/formats/matlab_file.h"
#include "tools/files/formats/open_array_file.h"
#include "tools/files/npz.h"

namespace fno {
namespace {

using test::data_file;
using test::expect_error;
using test::TempFolder;
using Shape = std::vector<std::int64_t>;
using Complex = std::complex<float>;

// Elements `first` to `first + count - 1` along the leading axis.
std::vector<Complex> ramp(HostType type, const Shape& shape, std::int64_t first, std::int64_t count) {
  const std::int64_t row = shape.empty() ? 1 : checked_count(std::span(shape).subspan(1)).value();
  std::vector<Complex> values;
  for (std::int64_t i = first * row; i < (first + count) * row; ++i) {
    const auto v = static_cast<float>(i);
    const bool complex = type == HostType::c64 || type == HostType::c128;
    values.push_back(type == HostType::boolean ? Complex(static_cast<float>(i % 2))
                     : complex                 ? Complex(v - 1, 2 * v)
                                               : v);
  }
  return values;
}

// The whole and every range, against the ramp.
void expect_ramp(const ArrayFile& file, const std::string& name, HostType type, const Shape& shape) {
  SCOPED_TRACE(file.path() + " " + name);
  EXPECT_EQ(file.info(name).type, type);
  EXPECT_EQ(file.info(name).shape, shape);
  const HostArray all = file.read(name);
  EXPECT_EQ(all.type, type);
  EXPECT_EQ(all.shape, shape);
  EXPECT_EQ(all.to_complexes(), ramp(type, shape, 0, shape[0]));
  for (std::int64_t first = 0; first <= shape[0]; ++first)
    for (const std::int64_t count : {std::int64_t{0}, std::int64_t{1}, shape[0] - first}) {
      if (count > shape[0] - first) continue;
      const HostArray part = file.read_range(name, first, count);
      EXPECT_EQ(part.shape[0], count);
      EXPECT_EQ(part.to_complexes(), ramp(type, shape, first, count)) << first << " " << count;
    }
  expect_error(ErrorKind::data, {file.path(), "a range within"}, [&] { (void)file.read_range(name, shape[0], 1); });
}

#define SKIP_WITHOUT(version) \
  if (version.empty()) GTEST_SKIP() << "built without the library"

const std::pair<const char*, HostType> kTypes[] = {
    {"u1", HostType::u8},  {"i1", HostType::i8},  {"u2", HostType::u16},  {"i2", HostType::i16}, {"u4", HostType::u32},
    {"i4", HostType::i32}, {"u8", HostType::u64}, {"i8", HostType::i64},  {"f2", HostType::f16}, {"f4", HostType::f32},
    {"f8", HostType::f64}, {"c8", HostType::c64}, {"c16", HostType::c128}};

TEST(Hdf5, EveryTypeInEitherByteOrder) {
  SKIP_WITHOUT(hdf5_version());
  const auto file = open_array_file(data_file("types.h5"));
  for (const auto& [code, type] : kTypes)
    for (const std::string order : {"le/", "/be/"}) expect_ramp(*file, order + code, type, {3, 4});
  expect_ramp(*file, "bool", HostType::boolean, {3, 4});
  expect_ramp(*file, "deflated", HostType::f32, {50, 6, 5});
  expect_ramp(*file, "chunked", HostType::f64, {50, 6, 5});
  expect_ramp(*file, "empty", HostType::f32, {0, 3});
  EXPECT_EQ(file->read("scalar").to_doubles(), std::vector<double>{2.5});
  EXPECT_EQ(file->read("text").to_texts(), (std::vector<std::string>{"a", "h\u00e9"}));
  EXPECT_FALSE(file->info("deflated").fortran_order);
}

TEST(Hdf5, WhatCannotBeReadIsNamed) {
  SKIP_WITHOUT(hdf5_version());
  const auto file = open_array_file(data_file("types.h5"));
  expect_error(ErrorKind::data, {"types.h5", "'strings'", "string"}, [&] { (void)file->read("strings"); });
  expect_error(ErrorKind::data, {"types.h5", "'nothing'", "missing", "'be/c16'"}, [&] { (void)file->read("nothing"); });
  expect_error(ErrorKind::data, {"'scalar'", "single value"}, [&] { (void)file->read_range("scalar", 0, 1); });
  // Links are not followed: the one to "scalar" is the same array, the other one leads into a file of its own.
  EXPECT_FALSE(file->contains("soft") || file->contains("elsewhere"));
  const TempFolder folder;
  test::spill(folder.file("a.h5"), "no such file");
  expect_error(ErrorKind::data, {"a.h5", "no HDF5 file"}, [&] { (void)open_array_file(folder.file("a.h5")); });
}

TEST(Hdf5, FilesOfTheFieldAndTheirAttributes) {
  SKIP_WITHOUT(hdf5_version());
  const auto pdebench = open_array_file(data_file("pdebench.h5"));
  expect_ramp(*pdebench, "tensor", HostType::f32, {4, 3, 8});
  const auto well = open_array_file(data_file("well.h5"));
  expect_ramp(*well, "t0_fields/density", HostType::f32, {2, 3, 4, 5});
  expect_ramp(*well, "/t1_fields/velocity", HostType::f32, {2, 3, 4, 5, 2});
  const auto metadata = well->metadata();
  EXPECT_EQ(metadata.at("dataset_name"), "example");
  EXPECT_EQ(metadata.at("n_trajectories"), "2");
  EXPECT_EQ(metadata.at("dimensions@spatial_dims"), "x, y");
  EXPECT_EQ(metadata.at("t0_fields/density@time_varying"), "1");
}

TEST(Hdf5, SeveralFilesAtATimeAndFromThreads) {
  SKIP_WITHOUT(hdf5_version());
  const auto one = open_array_file(data_file("types.h5"));
  auto two = open_array_file(data_file("pdebench.h5"));
  const auto three = open_array_file(data_file("types.h5"));
  two.reset();
  expect_ramp(*three, "deflated", HostType::f32, {50, 6, 5});
  expect_ramp(*one, "deflated", HostType::f32, {50, 6, 5});
}

void expect_matlab(const std::string& name) {
  const auto file = open_array_file(data_file(name));
  expect_ramp(*file, "a", HostType::f64, {5, 4, 3});
  expect_ramp(*file, "u", HostType::f32, {5, 4, 3, 2});
  expect_ramp(*file, "z", HostType::c128, {2, 3});
  EXPECT_TRUE(file->info("a").fortran_order);
}

TEST(Matlab, ArraysOfBothKindsOfFileAsMatlabShowsThem) {
  if (!matio_version().empty()) {
    for (const char* name : {"v5.mat", "v5_deflated.mat"}) {
      expect_matlab(name);
      const auto file = open_array_file(data_file(name));
      expect_ramp(*file, "n", HostType::i16, {2, 3});
      expect_ramp(*file, "l", HostType::boolean, {2, 3});
      for (const char* other : {"word", "cell"})
        expect_error(ErrorKind::data, {name, other, "not supported"}, [&] { (void)file->read(other); });
    }
  }
  SKIP_WITHOUT(hdf5_version());
  expect_matlab("v73.mat");
  EXPECT_FALSE(open_array_file(data_file("v73.mat"))->contains("#refs#/b"));
  SKIP_WITHOUT(matio_version());
}

TEST(Torch, TensorsInContainers) {
  const auto dict = open_array_file(data_file("dict.pt"));
  EXPECT_EQ(dict->names(), (std::vector<std::string>{"x", "y"}));
  expect_ramp(*dict, "x", HostType::f32, {2, 3, 4});  // permuted
  expect_ramp(*dict, "y", HostType::f64, {2, 3, 4});  // Fortran order
  EXPECT_TRUE(dict->info("x").fortran_order);
  expect_ramp(*open_array_file(data_file("single.pt")), "", HostType::f16, {3, 2});
  const auto list = open_array_file(data_file("list.pt"));
  expect_ramp(*list, "0", HostType::f32, {24});
  EXPECT_EQ(list->read("1/0").to_floats(), (std::vector<float>{1, 3, 5, 13, 15, 17}));  // a view of the same storage
  EXPECT_EQ(list->read_range("1/0", 1, 1).to_floats(), (std::vector<float>{13, 15, 17}));
  expect_ramp(*list, "2/3", HostType::i64, {2});
  EXPECT_EQ(list->metadata(),
            (std::map<std::string, std::string>{{"1/1", "7"}, {"2/lr", "0.5"}, {"2/name", "run"}, {"2/step", "5"}}));
  const auto state = open_array_file(data_file("state.pt"));
  expect_ramp(*state, "model/weight", HostType::f32, {2, 2});
  EXPECT_EQ(state->read("model/mask").values<std::uint8_t>()[0], 1);
  expect_ramp(*state, "model/z", HostType::c64, {3});
  EXPECT_EQ(state->metadata(), (std::map<std::string, std::string>{{"flag", "1"}}));
}

TEST(Torch, RefusesAllElseByName) {
  const std::pair<const char*, const char*> cases[] = {{"evil_call.pt", "'os.system'"},
                                                       {"evil_module.pt", "'torch.nn.modules.linear.Linear'"},
                                                       {"evil_stride.pt", "reaches beyond the 4 elements"},
                                                       {"evil_offset.pt", "reaches beyond the 4 elements"},
                                                       {"evil_repeat.pt", "too often"},
                                                       {"evil_overflow.pt", "reaches beyond"},
                                                       {"evil_order.pt", "'big'"},
                                                       {"evil_deflated.pt", "compressed"},
                                                       {"evil_self.pt", "nested deeper"},
                                                       {"evil_opcode.pt", "opcode 0x49"},
                                                       {"legacy.pt", "before version 1.6"}};
  for (const auto& [name, part] : cases)
    expect_error(ErrorKind::data, {name, part}, [file = data_file(name)] { (void)open_array_file(file); });
  const auto brain = open_array_file(data_file("bfloat.pt"));
  expect_error(ErrorKind::data, {"'0'", "torch.BFloat16Storage"}, [&] { (void)brain->read("0"); });
  expect_ramp(*brain, "1", HostType::f32, {2});
}

// Every type through HDF5 and back, whole and in pieces.
TEST(Hdf5Writer, WhatIsWrittenIsRead) {
  SKIP_WITHOUT(hdf5_version());
  const TempFolder folder;
  const auto types = open_array_file(data_file("types.h5"));
  for (const bool compress : {false, true}) {
    const std::string path = folder.file("out.h5");
    const auto writer = create_hdf5(path, compress);
    for (const std::string& name : types->names()) {
      if (!types->info(name).type) continue;
      const HostArray array = types->read(name);
      writer->begin(name, array);
      const std::size_t half = array.shape.empty() || array.shape[0] == 0
                                   ? 0
                                   : array.bytes.size() / static_cast<std::size_t>(array.shape[0]);
      writer->append(std::span(array.bytes).first(half));
      writer->append(std::span(array.bytes).subspan(half));
    }
    writer->finish();
    const auto read = open_array_file(path);
    EXPECT_EQ(read->names().size(), types->names().size() - 1);
    for (const std::string& name : read->names()) {
      const HostArray array = read->read(name), before = types->read(name);
      EXPECT_EQ(array.type, before.type) << name;
      EXPECT_EQ(array.shape, before.shape) << name;
      EXPECT_EQ(array.bytes, before.bytes) << name;
    }
  }
}

TEST(Hdf5Writer, LeavesNothingUnlessFinished) {
  SKIP_WITHOUT(hdf5_version());
  const TempFolder folder;
  const HostArray array = make_host_array(std::vector<float>{1, 2}, {2});
  {
    const auto writer = create_hdf5(folder.file("a.h5"), false);
    writer->begin("x", array);
    writer->append(array.bytes);
  }
  EXPECT_EQ(folder.entries(), 0u);
  const auto writer = create_hdf5(folder.file("a.h5"), false);
  writer->begin("x", array);
  expect_error(ErrorKind::storage, {"a.h5", "'x'", "has one already"}, [&] { writer->begin("x", array); });
  expect_error(ErrorKind::storage, {"no/a.h5"}, [&] { (void)create_hdf5(folder.file("no/a.h5"), false); });
}

TEST(Formats, WithoutTheirLibraryTheyNameThePackage) {
  for (const ArrayFormat& format : array_formats()) {
    if (format.library == nullptr || !format.library().empty()) continue;
    expect_error(ErrorKind::data, {"some.file", std::string(format.package), "cmake"},
                 [&] { (void)format.open("some.file"); });
  }
}

}  // namespace
}  // namespace fno
