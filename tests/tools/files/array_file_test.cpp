#include "tests/tools/files/io_test_support.h"
#include "tools/files/formats/hdf5_file.h"
#include "tools/files/formats/open_array_file.h"
#include "tools/files/npy.h"
#include "tools/files/npz.h"
#include "tools/files/safetensors.h"

namespace fno {
namespace {

using test::data_file;
using test::expect_error;
using test::TempFolder;

const std::vector<float> kValues{1, 2, 3, 4, 5, 6};

std::string written(const TempFolder& folder, std::string_view format, const std::string& name) {
  const std::vector<NamedArray> arrays{{"a", make_host_array(kValues, {2, 3})}};
  const std::string path = folder.file(name);
  if (format == "npz") write_npz(path, arrays, false);
  if (format == "npy") write_npy(path, arrays[0].array);
  if (format == "hdf5") {
    const auto writer = create_hdf5(path, true);
    writer->begin("a", arrays[0].array);
    writer->append(arrays[0].array.bytes);
    writer->finish();
  }
  if (format == "safetensors") write_safetensors(path, arrays, {{"key", "text"}});
  return path;
}

// The formats that this program writes, as it was built.
std::vector<ArrayFormat> written_formats() {
  std::vector<ArrayFormat> formats;
  for (const ArrayFormat& format : array_formats())
    if (format.name == "hdf5" ? !hdf5_version().empty()
                              : format.name == "npz" || format.name == "npy" || format.name == "safetensors")
      formats.push_back(format);
  return formats;
}

TEST(ArrayFile, EveryFormatGivesTheSameArray) {
  const TempFolder folder;
  for (const ArrayFormat& format : written_formats()) {
    const auto file = open_array_file(written(folder, format.name, "x" + std::string(format.extension)));
    ASSERT_EQ(file->names().size(), 1u) << format.name;
    const std::string name = file->names()[0];
    EXPECT_TRUE(file->contains(name));
    EXPECT_FALSE(file->contains("other"));
    const ArrayInfo info = file->info(name);
    EXPECT_EQ(info.type, HostType::f32) << format.name;
    EXPECT_EQ(info.shape, (std::vector<std::int64_t>{2, 3})) << format.name;
    const HostArray array = file->read(name);
    EXPECT_EQ(array.to_floats(), kValues) << format.name;
    EXPECT_EQ(file->raw(name), array.bytes) << format.name;
    EXPECT_THROW((void)file->read("other"), Error) << format.name;
    EXPECT_THROW((void)file->info("other"), Error) << format.name;
  }
}

// Every range of every format against the whole, in rising and in falling order.
TEST(ArrayFile, RangesAreThatPartOfTheWhole) {
  const TempFolder folder;
  std::vector<std::string> paths{folder.file("small.npz")};
  write_npz(paths[0], std::vector<NamedArray>{{"a", make_host_array(kValues, {2, 3})}}, true);
  for (const ArrayFormat& format : written_formats())
    paths.push_back(written(folder, format.name, "r" + std::string(format.extension)));
  for (const std::string& path : paths) {
    const auto file = open_array_file(path);
    const std::string name = file->names()[0];
    const std::vector<std::byte> all = file->read(name).bytes;
    const auto expect = [&](std::int64_t first, std::int64_t count) {
      const HostArray part = file->read_range(name, first, count);
      EXPECT_EQ(part.shape, (std::vector<std::int64_t>{count, 3})) << path;
      const auto begin = all.begin() + first * 12;
      EXPECT_EQ(part.bytes, std::vector<std::byte>(begin, begin + count * 12)) << path << first << count;
    };
    expect(0, 1);
    expect(1, 1);
    expect(0, 2);
    expect(1, 0);
    expect(2, 0);
    expect(0, 1);
    for (const auto& [first, count] : {std::pair{0, 3}, {2, 1}, {-1, 1}, {0, -1}})
      expect_error(ErrorKind::data, {path, "accepted: a range within 2"},
                   [&, from = first, n = count] { (void)file->read_range(name, from, n); });
  }
}

TEST(ArrayFile, ContentTellsTheFormatWhateverTheName) {
  const TempFolder folder;
  for (const ArrayFormat& format : written_formats()) {
    const ArrayFormat* told = array_format_of(written(folder, format.name, "misnamed.dat"));
    ASSERT_NE(told, nullptr) << format.name;
    EXPECT_EQ(told->name, format.name);
  }
}

TEST(ArrayFile, MetadataWhereTheFormatHasIt) {
  const TempFolder folder;
  EXPECT_EQ(open_array_file(written(folder, "safetensors", "a.safetensors"))->metadata().at("key"), "text");
  EXPECT_TRUE(open_array_file(written(folder, "npz", "a.npz"))->metadata().empty());
}

TEST(ArrayFile, ObjectsKeepTheirBytes) {
  const auto file = open_array_file(data_file("objects.npz"));
  EXPECT_EQ(file->info("meta").type_name(), "|O");
  EXPECT_FALSE(file->raw("meta").empty());
}

TEST(ArrayFile, OtherFilesAreRefusedWithWhatIsKnown) {
  const TempFolder folder;
  test::spill(folder.file("notes.txt"), "words");
  expect_error(ErrorKind::data, {"notes.txt", "npz", "npy", "safetensors"},
               [&] { (void)open_array_file(folder.file("notes.txt")); });
  expect_error(ErrorKind::data, {"absent.npz"}, [&] { (void)open_array_file(folder.file("absent.npz")); });
  test::spill(folder.file("cut.safetensors"), std::string("\x10\0\0\0\0\0\0\0{\"a", 11));
  expect_error(ErrorKind::data, {"cut.safetensors", "header"},
               [&] { (void)open_array_file(folder.file("cut.safetensors")); });
  // Told by its name alone, so that its own reader says what is wrong with it.
  test::spill(folder.file("empty.npz"), "");
  expect_error(ErrorKind::data, {"empty.npz", "not a zip archive"},
               [&] { (void)open_array_file(folder.file("empty.npz")); });
}

}  // namespace
}  // namespace fno
