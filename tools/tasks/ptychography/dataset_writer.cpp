#include <algorithm>
#include <filesystem>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "framework/error.h"
#include "tools/files/atomic_file.h"
#include "tools/files/json_file.h"
#include "tools/files/npy_format.h"
#include "tools/files/npz.h"
#include "tools/files/sha256.h"
#include "tools/files/zip_writer.h"
#include "tools/tasks/ptychography/dataset.h"
#include "tools/tasks/ptychography/stitch.h"

namespace fno::ptychography {
namespace {

namespace fs = std::filesystem;

/// An NPZ file written array by array, so that no two of them need be in memory.
class NpzFile {
 public:
  explicit NpzFile(const std::string& path) : path_(path), file_(path), zip_(file_, ZipCompression::fast) {}

  void add(const std::string& name, const HostArray& array) {
    const std::string preamble = npy_preamble(array);
    const std::span<const std::byte> parts[] = {std::as_bytes(std::span(preamble)), array.bytes};
    zip_.add(name + ".npy", parts);
    hashes_[name] = sha256_hex(array.bytes);
  }
  void commit() {
    zip_.finish();
    file_.commit();
  }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const Json& hashes() const { return hashes_; }

 private:
  std::string path_;
  AtomicFile file_;
  ZipWriter zip_;
  Json hashes_ = Json::object();
};

/// A float32 array whose elements are computed in place.
template <class Fill>
HostArray computed(std::vector<std::int64_t> shape, const Fill& fill) {
  const auto count = static_cast<std::size_t>(checked_count(shape).value());
  HostArray array{HostType::f32, std::move(shape), std::vector<std::byte>(count * sizeof(float)), 0};
  fill(std::span(reinterpret_cast<float*>(array.bytes.data()), count));
  return array;
}

std::vector<std::complex<float>> rounded(const std::vector<Complex>& values, double scale) {
  std::vector<std::complex<float>> out(values.size());
  std::ranges::transform(values, out.begin(), [scale](Complex z) { return std::complex<float>(z * scale); });
  return out;
}

void write_split(const GridLinesSet& set, const Split& split, cpu::Threads& threads, NpzFile& file) {
  const std::int64_t n = split.count(), N = set.settings.N, size = set.settings.size;
  const std::vector<std::int64_t> patterns{n, N, N, 1}, coordinates{n, 1, 2, 1};
  file.add("diffraction",
           computed(patterns, [&](std::span<float> out) { compute_diffraction(set, split, threads, out); }));
  file.add("Y_I", computed(patterns, [&](std::span<float> out) { compute_illuminated_amplitude(set, split, out); }));
  file.add("Y_phi", computed(patterns, [&](std::span<float> out) { compute_patch_phase(set, split, out); }));
  // With one patch a group the offsets from the centre of the group are zero, and nothing jitters.
  const HostArray zeros = computed(coordinates, [](std::span<float>) {});
  file.add("coords_nominal", zeros);
  file.add("coords_true", zeros);
  file.add("coords_offsets", make_host_array(patch_centres(set, split), coordinates));
  const std::vector<std::complex<float>> objects = full_objects(split);
  file.add("YY_full", make_host_array(objects, {split.images, size, size, 1}));
  file.add("probeGuess", make_host_array(rounded(set.probe, 1), {N, N}));
  file.add("probe_simulated", make_host_array(rounded(set.probe, 1 / set.nu), {N, N}));
  if (split.name != set.train.name) {
    const auto first = std::span(objects).first(static_cast<std::size_t>(size * size));
    const int side = set.settings.size;
    const ComplexImage truth = covered_part({side, side, {first.begin(), first.end()}},
                                            {side, set.settings.N, set.settings.outer_offset_test});
    file.add("YY_ground_truth", make_host_array(truth.values, {truth.rows, truth.cols, 1}));
    file.add("norm_Y_I", make_host_scalar(static_cast<float>(split.norm_Y_I)));
  }
  file.add("_metadata", make_host_text(metadata_json(set, &split).dump()));
}

DatasetPaths paths_in(const std::string& folder, const GridLines& settings) {
  const auto inside = [&](const char* name) { return (fs::path(folder) / name).string(); };
  DatasetPaths paths{.train = inside("train.npz"), .test = inside("test.npz"), .description = inside("dataset.json")};
  if (settings.nimgs_validation > 0) paths.validation = inside("validation.npz");
  return paths;
}

bool stands(const std::string& path) {
  std::error_code error;
  return fs::exists(fs::symlink_status(path, error));
}

void remove_file(const std::string& path) {
  std::error_code error;
  fs::remove(path, error);
  require<ErrorKind::storage>(!error, path, ": cannot be removed: ", error.message());
}

Json read_description(const std::string& path) {
  Json json = read_json(path);
  require<ErrorKind::data>(json.contains("files") && json["files"].is_object(), path,
                           ": found no 'files', accepted: a description as this program writes it");
  return json;
}

/// The file is the one that dataset.json speaks of.
void verify_hash(const std::string& path, const Json& description, const std::string& where) {
  const std::string name = fs::path(path).filename().string();
  const Json file = description["files"].value(name, Json::object());
  const std::string found = sha256_hex_of_file(path);
  require<ErrorKind::data>(file.is_object() && file.value("sha256", Json()) == found, path, ": found SHA-256 ", found,
                           ", accepted: what ", where, " says of this file; one of the two is damaged or was replaced");
}

}  // namespace

DatasetPaths simulate(const GridLines& settings, const std::string& folder, int threads) {
  DatasetPaths paths = paths_in(folder, settings);
  const GridLinesSet set = prepare(settings);
  make_folder(folder);

  cpu::Threads team(threads);
  std::vector<std::unique_ptr<NpzFile>> files;
  const auto write = [&](const std::string& path, const Split& split) {
    files.push_back(std::make_unique<NpzFile>(path));
    write_split(set, split, team, *files.back());
  };
  write(paths.train, set.train);
  write(paths.test, set.test);
  if (set.validation) write(*paths.validation, *set.validation);

  // The description goes first and comes back last: it never stands beside files that it does not describe.
  remove_file(paths.description);
  if (!set.validation) remove_file((fs::path(folder) / "validation.npz").string());
  Json description = metadata_json(set, nullptr);
  for (const auto& file : files) {
    file->commit();
    description["files"][fs::path(file->path()).filename().string()] = {{"sha256", sha256_hex_of_file(file->path())},
                                                                        {"arrays", file->hashes()}};
  }
  write_file_atomic(paths.description, description.dump(2) + "\n");
  paths.made = true;
  return paths;
}

DatasetPaths ensure_dataset(const GridLines& settings, const std::string& folder, int threads) {
  check_grid_lines(settings);
  const DatasetPaths paths = paths_in(folder, settings);
  std::vector<std::string> files{paths.train, paths.test};
  if (paths.validation) files.push_back(*paths.validation);

  std::vector<std::string> missing;
  std::ranges::copy_if(files, std::back_inserter(missing), [](const std::string& file) { return !stands(file); });
  std::erase_if(files, [](const std::string& file) { return !stands(file); });
  if (stands(paths.description)) {
    const Json description = read_description(paths.description);
    verify_metadata(parse_metadata(description.dump(), paths.description), settings);
    for (const std::string& file : files) verify_hash(file, description, paths.description);
  } else {
    for (const std::string& file : files) {
      const Metadata stored = read_metadata(file);
      verify_metadata(stored, settings);
      // What somebody else made cannot be made again.
      require<ErrorKind::config>(stored.own || missing.empty(), file, ": found without ",
                                 missing.empty() ? "" : missing.front(),
                                 ", accepted: a whole data set, or a folder without one");
    }
  }
  return missing.empty() ? paths : simulate(settings, folder, threads);
}

}  // namespace fno::ptychography
