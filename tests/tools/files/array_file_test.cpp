#include "tools/files/array_file.h"

#include "tests/tools/files/io_test_support.h"
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
  if (format == "safetensors") write_safetensors(path, arrays, {{"key", "text"}});
  return path;
}

TEST(ArrayFile, EveryFormatGivesTheSameArray) {
  const TempFolder folder;
  for (const ArrayFormat& format : array_formats()) {
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

TEST(ArrayFile, ContentTellsTheFormatWhateverTheName) {
  const TempFolder folder;
  for (const ArrayFormat& format : array_formats()) {
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
