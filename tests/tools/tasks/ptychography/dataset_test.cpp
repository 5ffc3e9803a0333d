#include "tools/tasks/ptychography/dataset.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <gtest/gtest.h>
#include <limits>

#include "tests/tools/training/train_test_support.h"
#include "tools/files/atomic_file.h"
#include "tools/files/npz.h"
#include "tools/files/sha256.h"
#include "tools/files/zip_writer.h"

namespace fno::ptychography {
namespace {

using test::throws_error;
using training::json_of_file;
using training::text_of_file;

GridLines small() {
  GridLines s;
  s.N = 16;
  s.size = 48;
  s.nimgs_train = 1;
  s.nimgs_test = 2;
  s.set_phi = true;
  return s;
}

class Dataset : public training::InFolder {
 protected:
  [[nodiscard]] std::string folder() const { return path("set"); }

  /// The arrays of a file, to be changed and written again.
  static std::vector<NamedArray> arrays_of(const std::string& file) {
    const NpzReader reader(file);
    std::vector<NamedArray> arrays;
    for (const std::string& name : reader.names()) arrays.push_back({name, reader.read(name)});
    return arrays;
  }
  static HostArray& find(std::vector<NamedArray>& arrays, const std::string& name) {
    return std::ranges::find(arrays, name, &NamedArray::name)->array;
  }

  /// Writes the test split with one change and expects reading it to be refused.
  void expect_refused(const std::string& text, const std::function<void(std::vector<NamedArray>&)>& change) {
    std::vector<NamedArray> arrays = arrays_of(folder() + "/test.npz");
    change(arrays);
    const std::string file = path("changed.npz");
    write_npz(file, arrays, false);
    EXPECT_TRUE(throws_error(ErrorKind::data, text, [&] { (void)read_dataset(file); }));
    EXPECT_TRUE(throws_error(ErrorKind::data, file, [&] { (void)read_dataset(file); }));
  }

  /// The same file as Python writes it: _metadata is a pickled object.
  static void write_with_pickle(const std::string& file, const std::vector<NamedArray>& arrays,
                                const std::string& metadata) {
    AtomicFile out(file);
    ZipWriter zip(out, ZipCompression::small);
    for (const auto& [name, array] : arrays) {
      if (name == "_metadata") continue;
      const std::string preamble = npy_preamble(array);
      const std::span<const std::byte> parts[] = {std::as_bytes(std::span(preamble)), array.bytes};
      zip.add(name + ".npy", parts);
    }
    std::string dictionary = "{'descr': '|O', 'fortran_order': False, 'shape': (), }";
    dictionary.resize(117, ' ');
    std::string member = "\x93NUMPY";
    member += {'\x01', '\0', '\x76', '\0'};
    member += dictionary + '\n';
    const auto size = static_cast<std::uint32_t>(metadata.size());
    std::string length(4, '\0');
    std::memcpy(length.data(), &size, 4);
    member += "\x80\x02]q\x01X" + length + metadata + "q\x02" + "a.";  // a list of one text, protocol 2
    const std::span<const std::byte> parts[] = {std::as_bytes(std::span(member))};
    zip.add("_metadata.npy", parts);
    zip.finish();
    out.commit();
  }
};

// What the original project wrote for this set.
constexpr const char* kForeign =
    R"({"schema_version": "1.0.0", "creation_info": {"script": "x.py", "hostname": "h"},
"physics_parameters": {"nphotons": 1000000000.0, "gridsize": 1, "N": 16},
"training_parameters": {"n_images": 2}, "additional_parameters": {"size": 48, "offset": 4, "outer_offset_train": 8,
"outer_offset_test": 20, "nimgs_train": 1, "nimgs_test": 2, "probe_mask_diameter": null, "probe_source": "analytic"}})";

TEST_F(Dataset, KeepsWhatWasSimulated) {
  GridLines settings = small();
  settings.nimgs_validation = 1;
  const DatasetPaths paths = simulate(settings, folder());
  EXPECT_TRUE(paths.made);
  const GridLinesSet set = prepare(settings);
  cpu::Threads team(1);
  const auto expect_split = [&](const std::string& file, const Split& split) {
    SCOPED_TRACE(file);
    const PtychoData data = read_dataset(file);
    EXPECT_EQ(data.n, split.count());
    EXPECT_EQ(data.N, 16);
    EXPECT_EQ(data.C, 1);
    std::vector<float> x(data.diffraction.size());
    compute_diffraction(set, split, team, x);
    EXPECT_EQ(data.diffraction, x);
    EXPECT_EQ(data.objects, full_objects(split));
    EXPECT_EQ(data.images, split.images);
    EXPECT_EQ(data.size, 48);
    for (std::size_t i = 0; i < 256; ++i) ASSERT_EQ(data.probe[i], std::complex<float>(set.probe[i]));
    EXPECT_NEAR(data.norm_Y_I.value(), split.norm_Y_I, 1e-6);
    EXPECT_EQ(data.sha256, sha256_hex_of_file(file));
    EXPECT_TRUE(data.metadata.own);
    EXPECT_EQ(data.metadata.split, split.name);
    EXPECT_EQ(data.metadata.outer_offset_test, 20);
    EXPECT_EQ(data.metadata.intensity_scale, set.intensity_scale);
    EXPECT_EQ(data.metadata.simulation_probe_norm, set.nu);
    EXPECT_EQ(data.metadata.norm_Y_I, split.norm_Y_I);
    EXPECT_EQ(data.ground_truth.has_value(), split.name != "train");
    // 48 - 16 = 32 = 3 strides of 10 and 2 over; 4 tiles of 10 from pixel 3 on.
    const ComplexImage truth = ground_truth(data);
    ASSERT_EQ(truth.rows, 40);
    EXPECT_EQ(truth.at(0, 0), data.objects[3 * 48 + 3]);
    EXPECT_EQ(truth.at(39, 38), data.objects[42 * 48 + 41]);
  };
  expect_split(paths.train, set.train);
  expect_split(paths.test, set.test);
  expect_split(paths.validation.value(), *set.validation);
}

TEST_F(Dataset, HoldsEveryArrayOfTheFormat) {
  const DatasetPaths paths = simulate(small(), folder());
  struct Array {
    const char *name, *type;
    std::vector<std::int64_t> shape;
  };
  const std::vector<Array> arrays{{"diffraction", "float32", {32, 16, 16, 1}},
                                  {"Y_I", "float32", {32, 16, 16, 1}},
                                  {"Y_phi", "float32", {32, 16, 16, 1}},
                                  {"coords_nominal", "float32", {32, 1, 2, 1}},
                                  {"coords_true", "float32", {32, 1, 2, 1}},
                                  {"coords_offsets", "float32", {32, 1, 2, 1}},
                                  {"YY_full", "complex64", {2, 48, 48, 1}},
                                  {"probeGuess", "complex64", {16, 16}},
                                  {"probe_simulated", "complex64", {16, 16}},
                                  {"YY_ground_truth", "complex64", {40, 40, 1}},
                                  {"norm_Y_I", "float32", {}},
                                  {"_metadata", "str", {}}};
  const NpzReader file(paths.test);
  ASSERT_EQ(file.names().size(), arrays.size());
  for (const Array& a : arrays) {
    const HostArray array = file.read(a.name);
    EXPECT_EQ(name_of(array.type), a.type) << a.name;
    EXPECT_EQ(array.shape, a.shape) << a.name;
  }
  const NpzReader train(paths.train);
  EXPECT_FALSE(train.contains("YY_ground_truth"));
  EXPECT_FALSE(train.contains("norm_Y_I"));

  const auto description = json_of_file(paths.description);
  const auto& entry = description["files"]["test.npz"];
  EXPECT_EQ(entry["sha256"], sha256_hex_of_file(paths.test));
  EXPECT_EQ(entry["arrays"]["Y_phi"], sha256_hex(file.read("Y_phi").bytes));
  for (const StoredArray& a : read_dataset(paths.test).arrays) EXPECT_EQ(entry["arrays"][a.name], a.sha256) << a.name;
  EXPECT_EQ(description["additional_parameters"]["object_seeds"]["test"], 2);
}

TEST_F(Dataset, IsTheSameWhateverTheThreads) {
  const DatasetPaths one = simulate(small(), path("one"), 1), three = simulate(small(), path("three"), 3);
  EXPECT_EQ(text_of_file(one.train), text_of_file(three.train));
  EXPECT_EQ(text_of_file(one.description), text_of_file(three.description));
}

TEST_F(Dataset, IsReusedOnlyForTheSettingsItWasMadeWith) {
  std::vector<std::complex<float>> probe(256, 1.f);
  write_npz(path("probe.npz"), std::vector<NamedArray>{{"probeGuess", make_host_array(probe, {16, 16})}}, false);
  GridLines made = small();
  made.probe_source = ProbeSource::custom;
  made.probe_npz = path("probe.npz");
  EXPECT_TRUE(ensure_dataset(made, folder()).made);
  const std::string before = text_of_file(folder() + "/train.npz");
  EXPECT_FALSE(ensure_dataset(made, folder()).made);

  const auto refused = [&](const std::string& text, auto&& change) {
    GridLines wanted = made;
    change(wanted);
    EXPECT_TRUE(throws_error(ErrorKind::config, text, [&] { (void)ensure_dataset(wanted, folder()); })) << text;
    const Metadata stored = read_metadata(folder() + "/test.npz");
    EXPECT_TRUE(throws_error(ErrorKind::config, text, [&] { verify_metadata(stored, wanted); })) << text;
  };
  const auto without_file = [](GridLines& s, ProbeSource source) {
    s.probe_source = source;
    s.probe_npz.reset();
  };
  refused("size: found 48 in this data set, asked for 50 (--size)", [](GridLines& s) { s.size = 50; });
  refused("outer_offset_train: found 8", [](GridLines& s) { s.outer_offset_train = 4; });
  refused("outer_offset_test: found 20", [](GridLines& s) { s.outer_offset_test = 10; });
  refused("nimgs_train: found 1", [](GridLines& s) { s.nimgs_train = 2; });
  refused("nimgs_test: found 2", [](GridLines& s) { s.nimgs_test = 1; });
  refused("nimgs_validation: found 0", [](GridLines& s) { s.nimgs_validation = 1; });
  refused("nphotons: found 1000000000.0", [](GridLines& s) { s.nphotons = 1e8; });
  refused("noise: found true", [](GridLines& s) { s.noise = false; });
  refused("noise_seed: found 0", [](GridLines& s) { s.noise_seed = 1; });
  refused("set_phi: found true", [](GridLines& s) { s.set_phi = false; });
  refused("probe_smoothing_sigma: found 0.5", [](GridLines& s) { s.probe_smoothing_sigma = 0; });
  refused("probe_mask_diameter: found none", [](GridLines& s) { s.probe_mask_diameter = 12; });
  refused("patches_train: found none in this data set, asked for 10", [](GridLines& s) { s.patches_train = 10; });
  refused("probe_source: found \"custom\"", [&](GridLines& s) { without_file(s, ProbeSource::ideal_disk); });
  // Another N needs another probe, so it shows first.
  refused("N: found 16 in this data set, asked for 8 (--N)", [&](GridLines& s) {
    without_file(s, ProbeSource::analytic);
    s.N = 8;
    s.outer_offset_test = 16;
  });

  // The content of the probe file counts, not its name.
  GridLines moved = made;
  moved.probe_npz = path("moved.npz");
  std::filesystem::copy_file(path("probe.npz"), path("moved.npz"));
  EXPECT_FALSE(ensure_dataset(moved, folder()).made);
  probe[3] = 2;
  write_npz(path("probe.npz"), std::vector<NamedArray>{{"probeGuess", make_host_array(probe, {16, 16})}}, false);
  refused("probe_npz: found ", [](GridLines&) {});
  EXPECT_EQ(text_of_file(folder() + "/train.npz"), before);
}

TEST_F(Dataset, IsCompletedWhereFilesAreMissing) {
  const DatasetPaths paths = simulate(small(), folder());
  const std::string test = text_of_file(paths.test);
  std::filesystem::remove(paths.test);
  GridLines other = small();
  other.noise_seed = 4;
  EXPECT_TRUE(throws_error(ErrorKind::config, "noise_seed", [&] { (void)ensure_dataset(other, folder()); }));
  EXPECT_TRUE(ensure_dataset(small(), folder()).made);
  EXPECT_EQ(text_of_file(paths.test), test);
  // Without the description the metadata inside the files hold.
  std::filesystem::remove(paths.description);
  EXPECT_FALSE(ensure_dataset(small(), folder()).made);
  EXPECT_TRUE(throws_error(ErrorKind::config, "noise_seed", [&] { (void)ensure_dataset(other, folder()); }));
}

TEST_F(Dataset, IsReplacedAsAWhole) {
  GridLines with = small();
  with.nimgs_validation = 1;
  const DatasetPaths old = simulate(with, folder());
  const DatasetPaths paths = simulate(small(), folder());
  EXPECT_FALSE(std::filesystem::exists(*old.validation));
  EXPECT_EQ(json_of_file(paths.description)["files"].size(), 2u);
  EXPECT_FALSE(ensure_dataset(small(), folder()).made);
  // Nothing temporary is left.
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder()), {}), 3);
}

TEST_F(Dataset, AnExchangedOrDamagedFileIsNotReused) {
  const DatasetPaths paths = simulate(small(), folder());
  std::filesystem::copy_file(paths.test, paths.train, std::filesystem::copy_options::overwrite_existing);
  EXPECT_TRUE(
      throws_error(ErrorKind::data, "train.npz: found SHA-256", [&] { (void)ensure_dataset(small(), folder()); }));
  write_file_atomic(paths.description, std::string_view("{\"files\": 3"));
  EXPECT_TRUE(throws_error(ErrorKind::data, "dataset.json", [&] { (void)ensure_dataset(small(), folder()); }));
}

TEST_F(Dataset, AFolderThatCannotBeMadeIsAStorageError) {
  write_file_atomic(path("file"), std::string_view("x"));
  EXPECT_TRUE(throws_error(ErrorKind::storage, "file/set", [&] { (void)simulate(small(), path("file/set")); }));
}

TEST_F(Dataset, MissingArraysAreNamed) {
  simulate(small(), folder());
  for (const std::string name : {"diffraction", "Y_I", "Y_phi", "coords_nominal", "probeGuess"})
    expect_refused("found no array '" + name + "'", [&](std::vector<NamedArray>& arrays) {
      std::erase_if(arrays, [&](const NamedArray& a) { return a.name == name; });
    });
  EXPECT_TRUE(throws_error(ErrorKind::data, "absent.npz", [&] { (void)read_dataset(path("absent.npz")); }));
}

TEST_F(Dataset, ValuesThatAreNotFiniteAreNamedWithTheirIndex) {
  simulate(small(), folder());
  const auto spoil = [&](const char* name, std::size_t at, float value) {
    return [=](std::vector<NamedArray>& arrays) {
      std::memcpy(find(arrays, name).bytes.data() + at * sizeof(float), &value, sizeof(float));
    };
  };
  const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  expect_refused("'diffraction': found nan at index (2, 1, 5, 0)", spoil("diffraction", 2 * 256 + 16 + 5, nan));
  expect_refused("'Y_I': found inf at index (0, 0, 3, 0)", spoil("Y_I", 3, inf));
  expect_refused("'Y_phi': found -inf at index (31, 15, 15, 0)", spoil("Y_phi", 32 * 256 - 1, -inf));
  expect_refused("'coords_nominal': found nan at index (1, 0, 1, 0)", spoil("coords_nominal", 3, nan));
  expect_refused("at index (0, 1)", spoil("probeGuess", 3, nan));
  expect_refused("at index (0, 0, 2, 0)", spoil("YY_full", 4, nan));
  expect_refused("at index (0, 0, 0)", spoil("YY_ground_truth", 1, nan));
  expect_refused("'norm_Y_I': found nan", spoil("norm_Y_I", 0, nan));
  expect_refused("'norm_Y_I': found 0, accepted: a number above 0", spoil("norm_Y_I", 0, 0));
}

TEST_F(Dataset, WrongShapesAndTypesAreNamed) {
  simulate(small(), folder());
  const auto shaped = [&](const char* name, std::vector<std::int64_t> shape) {
    return [=](std::vector<NamedArray>& arrays) { find(arrays, name).shape = shape; };
  };
  expect_refused("'diffraction': found shape (32, 16, 16)", shaped("diffraction", {32, 16, 16}));
  expect_refused("'diffraction': found shape (32, 8, 32, 1)", shaped("diffraction", {32, 8, 32, 1}));
  expect_refused("'diffraction': found shape (64, 8, 8, 2)", shaped("diffraction", {64, 8, 8, 2}));
  expect_refused("'Y_I': found shape (16, 32, 16, 1), accepted: (32, 16, 16, 1)", shaped("Y_I", {16, 32, 16, 1}));
  expect_refused("'coords_nominal': found shape (64, 1, 1, 1)", shaped("coords_nominal", {64, 1, 1, 1}));
  expect_refused("'probeGuess': found shape (8, 32), accepted: (16, 16)", shaped("probeGuess", {8, 32}));
  expect_refused("'YY_full': found shape (1, 96, 48, 1)", shaped("YY_full", {1, 96, 48, 1}));
  expect_refused("'YY_ground_truth': found shape (20, 80, 1)", shaped("YY_ground_truth", {20, 80, 1}));
  expect_refused("'norm_Y_I': found shape (1,)", shaped("norm_Y_I", {1}));
  expect_refused("'Y_phi': found type int32",
                 [](std::vector<NamedArray>& a) { find(a, "Y_phi").type = HostType::i32; });
  expect_refused("'probeGuess': found type float64",
                 [](std::vector<NamedArray>& a) { find(a, "probeGuess").type = HostType::f64; });
  expect_refused("metadata: found 'not JSON'",
                 [](std::vector<NamedArray>& a) { find(a, "_metadata") = make_host_text("not JSON"); });
  expect_refused("metadata key nimgs_test", [](std::vector<NamedArray>& a) {
    HostArray& metadata = find(a, "_metadata");
    Json json = Json::parse(metadata.to_texts().front());
    json["additional_parameters"]["nimgs_test"] = "2";
    metadata = make_host_text(json.dump());
  });
}

TEST_F(Dataset, DamagedBytesAreFound) {
  const DatasetPaths paths = simulate(small(), folder());
  std::string bytes = text_of_file(paths.test);
  write_file_atomic(path("cut.npz"), std::string_view(bytes).substr(0, bytes.size() / 2));
  EXPECT_TRUE(throws_error(ErrorKind::data, "cut.npz", [&] { (void)read_dataset(path("cut.npz")); }));
  bytes[bytes.size() / 8] = static_cast<char>(bytes[bytes.size() / 8] ^ 0x10);
  write_file_atomic(path("flipped.npz"), bytes);
  EXPECT_TRUE(throws_error(ErrorKind::data, "diffraction", [&] { (void)read_dataset(path("flipped.npz")); }));
}

TEST_F(Dataset, ChannelsMoveToTheFront) {
  // Four channels of two patterns of 2 x 2; value = 100 pattern + 10 pixel + channel.
  std::vector<float> x;
  for (int i = 0; i < 2; ++i)
    for (int p = 0; p < 4; ++p)
      for (int c = 0; c < 4; ++c) x.push_back(static_cast<float>(100 * i + 10 * p + c));
  const std::vector<std::int64_t> shape{2, 2, 2, 4};
  const HostArray patterns = make_host_array(x, shape);
  write_npz(path("four.npz"),
            std::vector<NamedArray>{{"diffraction", make_host_array(std::vector<double>(x.begin(), x.end()), shape)},
                                    {"Y_I", patterns},
                                    {"Y_phi", patterns},
                                    {"coords_nominal", make_host_array(std::vector<float>(16), {2, 1, 2, 4})},
                                    {"probeGuess", make_host_array(std::vector<std::complex<double>>(4, 1.0), {2, 2})}},
            true);
  const PtychoData data = read_dataset(path("four.npz"));
  EXPECT_EQ(data.C, 4);
  for (std::size_t i = 0; i < 2; ++i)
    for (std::size_t c = 0; c < 4; ++c)
      for (std::size_t p = 0; p < 4; ++p)
        EXPECT_EQ(data.diffraction[(i * 4 + c) * 4 + p], static_cast<float>(100 * i + 10 * p + c));
  EXPECT_FALSE(data.metadata.present);
  EXPECT_EQ(data.metadata.set_phi, true);
  EXPECT_EQ(data.images, 0);
  EXPECT_TRUE(throws_error(ErrorKind::data, "found no YY_ground_truth", [&] { (void)ground_truth(data); }));
}

TEST_F(Dataset, OfTheOriginalProjectIsReadThroughItsPickle) {
  const DatasetPaths paths = simulate(small(), folder());
  const std::vector<NamedArray> train = arrays_of(paths.train), test = arrays_of(paths.test);
  write_with_pickle(path("foreign.npz"), test, kForeign);
  const PtychoData data = read_dataset(path("foreign.npz"));
  EXPECT_TRUE(data.metadata.present);
  EXPECT_FALSE(data.metadata.own);
  EXPECT_EQ(data.metadata.nimgs_test, 2);
  EXPECT_EQ(data.metadata.outer_offset_test, 20);
  EXPECT_EQ(data.metadata.nphotons, 1e9);
  EXPECT_EQ(data.metadata.set_phi, true);  // seen, not said
  EXPECT_FALSE(data.metadata.noise_seed);

  // Settings it lacks are passed over, those it has are not, nor is a phase that nobody asked for.
  verify_metadata(data.metadata, small());
  GridLines other = small();
  other.nimgs_test = 1;
  EXPECT_TRUE(throws_error(ErrorKind::config, "nimgs_test: found 2 in this data set, asked for 1",
                           [&] { verify_metadata(data.metadata, other); }));
  other = small();
  other.set_phi = false;
  EXPECT_TRUE(throws_error(ErrorKind::config, "set_phi: found true", [&] { verify_metadata(data.metadata, other); }));

  // A pickle without JSON is done without; then there is nothing to compare.
  write_with_pickle(path("odd.npz"), test, "{ no JSON }");
  const Metadata none = read_metadata(path("odd.npz"));
  EXPECT_FALSE(none.present);
  EXPECT_TRUE(throws_error(ErrorKind::config, "_metadata: found none", [&] { verify_metadata(none, small()); }));

  // A folder of such files is reused, and never replaced if one is missing.
  std::filesystem::create_directories(path("theirs"));
  write_with_pickle(path("theirs/train.npz"), train, kForeign);
  EXPECT_TRUE(throws_error(ErrorKind::config, "found without", [&] { (void)ensure_dataset(small(), path("theirs")); }));
  write_with_pickle(path("theirs/test.npz"), test, kForeign);
  EXPECT_FALSE(ensure_dataset(small(), path("theirs")).made);
}

}  // namespace
}  // namespace fno::ptychography
