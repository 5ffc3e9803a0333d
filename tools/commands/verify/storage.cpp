#include "tools/commands/verify/storage.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "framework/checks/values.h"
#include "framework/cpu/device.h"
#include "framework/ops/loss.h"
#include "tools/files/atomic_file.h"
#include "tools/files/checkpoint_file.h"
#include "tools/files/npz.h"
#include "tools/files/safetensors.h"
#include "tools/training/checkpoint.h"

namespace fno::verify {
namespace {

namespace fs = std::filesystem;

// A folder of its own, removed at the end.
class Folder {
 public:
  Folder() {
    std::error_code why;
    std::string name = (fs::temp_directory_path(why) / "fno_verify_XXXXXX").string();
    require<ErrorKind::storage>(!why && ::mkdtemp(name.data()) != nullptr,
                                "verify: no temporary folder could be made as ", name,
                                "; TMPDIR in the environment names another place");
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::string file(const std::string& name) const { return path_ / name; }
  [[nodiscard]] std::string path() const { return path_; }

 private:
  fs::path path_;
};

std::vector<NamedArray> some_arrays(std::uint64_t seed) {
  Random random(seed, 12);
  std::vector<float> fields(24);
  std::vector<double> numbers(5);
  for (float& v : fields) v = static_cast<float>(random.normal());
  for (double& v : numbers) v = random.normal();
  return {{"fields", make_host_array(fields, {2, 3, 4})}, {"numbers", make_host_array(numbers, {5})}};
}

bool same(const std::vector<NamedArray>& a, const std::vector<NamedArray>& b) {
  return std::ranges::equal(a, b, [](const NamedArray& x, const NamedArray& y) {
    return x.name == y.name && x.array.type == y.array.type && x.array.shape == y.array.shape &&
           x.array.bytes == y.array.bytes;
  });
}

Format npz(bool compress) {
  return {.name = compress ? "NPZ, deflated" : "NPZ",
          .write = [compress](const std::string& path,
                              const std::vector<NamedArray>& arrays) { write_npz(path, arrays, compress); },
          .read =
              [](const std::string& path) {
                const NpzReader reader(path);
                std::vector<NamedArray> arrays;
                for (const std::string& name : reader.names()) arrays.push_back({name, reader.read(name)});
                return arrays;
              }};
}

// A section an array: what the file itself promises, below what training puts into it.
Format checkpoint_file() {
  return {.name = "checkpoint file",
          .write =
              [](const std::string& path, const std::vector<NamedArray>& arrays) {
                std::vector<SectionView> sections;
                for (const NamedArray& a : arrays) sections.push_back({a.name, a.array.bytes});
                write_checkpoint_file(path, sections);
              },
          .read =
              [](const std::string& path) {
                std::vector<NamedArray> arrays;
                for (Section& s : read_checkpoint_file(path)) {
                  const auto count = static_cast<std::int64_t>(s.bytes.size());
                  arrays.push_back({s.name, make_host_array(HostType::u8, {count}, std::move(s.bytes))});
                }
                return arrays;
              }};
}

// In place: a file that is cut and written anew is flushed to the disk by some file systems, every time.
void put_byte(const std::string& path, std::size_t place, std::byte value) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(static_cast<std::streamoff>(place));
  file.put(static_cast<char>(value));
  require<ErrorKind::storage>(file.flush().good(), "verify: ", path, " could not be written");
}

Finding check_safetensors(const Folder& folder, std::uint64_t seed) {
  const std::vector<NamedArray> arrays = some_arrays(seed);
  const std::string path = folder.file("a.safetensors");
  write_safetensors(path, arrays);
  std::vector<NamedArray> found = read_safetensors(path).arrays;
  const auto by_name = [](const NamedArray& a, const NamedArray& b) { return a.name < b.name; };
  std::ranges::sort(found, by_name);
  Worst worst;
  worst.add(same(found, arrays) ? 0 : 1, 0, "reading back");
  bool refused = false;
  fs::resize_file(path, fs::file_size(path) - 1);
  try {
    (void)read_safetensors(path);
  } catch (const Error&) {
    refused = true;
  }
  worst.add(refused ? 0 : 1, 0, "a file that lacks its last byte");
  return worst.finding("files", "safetensors (has no checksum): arrays that came back changed, a short file");
}

Finding check_training_checkpoint(const Folder& folder, std::uint64_t seed) {
  const training::ModelDescription description{
      .config = {.dims = 2, .width = 4, .modes = 3, .blocks = 2, .projection = 8, .spectral = ModeConvention::classic},
      .input = {{0.0}, {1.0}},
      .output = {{0.0}, {1.0}}};
  const Device device = cpu_device(1);
  const training::BuiltModel network(description, device, seed), fresh(description, device, seed + 1);
  Optimizer optimizer(network.store.parameters(), {});
  optimizer.set_rate(1e-2);
  Random random(seed, 13);
  const Var x(checks::normal_tensor(random, {2, 1, 8, 8}, Dtype::float32, device));
  for (int step = 0; step < 2; ++step) {
    backward(mae(network.model.forward(x), x));
    optimizer.step();
    optimizer.zero_grad();
  }
  training::Checkpoint written{.model = description, .seed = seed};
  capture(written, network.store, optimizer, Schedule({.base = 1e-2}), training::TrainingState());
  const std::string path = folder.file("last.ckpt");
  write_checkpoint(path, written);
  const training::Checkpoint read = training::read_checkpoint(path);
  restore_weights(read, fresh.store, path);
  Worst worst;
  const auto add = [&](bool right, const char* what) { worst.add(right ? 0 : 1, 0, what); };
  add(read.weights == written.weights, "weights");
  add(read.first == written.first && read.second == written.second, "moments of the optimiser");
  add(read.optimizer_steps == 2 && read.rate == 1e-2, "steps and rate");
  add(checks::host_values(fresh.model.forward(x).value()) == checks::host_values(network.model.forward(x).value()),
      "output of a network with the restored weights");
  return worst.finding("files", "checkpoint of a network: parts that came back changed");
}

}  // namespace

Finding check_flips(const Format& format, const std::string& folder, std::uint64_t seed) {
  const std::string path = folder + "/flipped";
  std::vector<NamedArray> arrays = some_arrays(seed);
  format.write(path, arrays);
  Worst worst;
  const std::vector<NamedArray> plain = format.read(path);
  bool whole = plain.size() == arrays.size();
  for (std::size_t i = 0; whole && i < plain.size(); ++i)
    whole = plain[i].name == arrays[i].name && plain[i].array.bytes == arrays[i].array.bytes;
  worst.add(whole ? 0 : 1, 0, "reading back");
  const std::vector<std::byte> bytes = read_whole_file(path, 1 << 20);
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    const std::byte right = bytes[bit / 8];
    put_byte(path, bit / 8, right ^ static_cast<std::byte>(1 << bit % 8));
    bool silent = false;
    try {
      silent = !same(format.read(path), plain);
    } catch (const Error&) {  // refused, as it should be
    }
    put_byte(path, bit / 8, right);
    worst.add(silent ? 1 : 0, 0, "bit " + std::to_string(bit));
  }
  return worst.finding("files", format.name + ": bits that, flipped, change an array without a word");
}

std::vector<Finding> check_files(std::uint64_t seed) {
  const Folder folder;
  return {check_flips(npz(false), folder.path(), seed), check_flips(npz(true), folder.path(), seed),
          check_flips(checkpoint_file(), folder.path(), seed), check_safetensors(folder, seed),
          check_training_checkpoint(folder, seed)};
}

}  // namespace fno::verify
