// Small files of every format, damaged at random: each is read, or refused with an error of kind data, in bounded
// memory. FNO_FUZZ_SECONDS makes it go on with new seeds for so long.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <random>
#include <sys/resource.h>

#include "tests/tools/files/io_test_support.h"
#include "tools/files/formats/open_array_file.h"

namespace fno {
namespace {

std::string damaged(std::string bytes, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  const std::size_t kind = below(8);
  if (kind == 0) bytes.resize(below(bytes.size()));
  if (kind == 1) bytes.insert(below(bytes.size()), below(64) + 1, static_cast<char>(below(256)));
  if (kind == 2) bytes.erase(below(bytes.size()), below(64) + 1);
  if (bytes.empty()) return bytes;
  if (kind == 3) {  // a length or an offset that is far off
    const std::size_t at = below(bytes.size()),
                      size = std::min<std::size_t>(std::size_t{1} << below(4), bytes.size() - at);
    bytes.replace(at, size, size, below(2) == 0 ? '\xff' : '\x7f');
  }
  if (kind >= 4)
    for (std::size_t flips = std::size_t{1} << (kind - 4); flips > 0; --flips) {
      char& byte = bytes[below(bytes.size())];
      byte = static_cast<char>(byte ^ (1 << below(8)));
    }
  return bytes;
}

// Whatever the file still shows is asked for. Whether it could be read to the end.
bool read_all(const std::string& path) {
  try {
    const auto file = open_array_file(path);
    (void)file->metadata();
    for (const std::string& name : file->names()) {
      const ArrayInfo info = file->info(name);
      if (!info.type) continue;
      (void)file->read(name);
      if (!info.shape.empty() && info.shape[0] > 1) (void)file->read_range(name, 1, info.shape[0] - 1);
    }
    return true;
  } catch (const Error& error) {
    const std::string line = error.what();
    EXPECT_EQ(error.kind(), ErrorKind::data) << line;
    EXPECT_EQ(line.find('\n'), std::string::npos) << line;
    EXPECT_NE(line.find("damaged."), std::string::npos) << line;  // the file's name
    return false;
  }
}

std::int64_t peak_mib(int who) {
  rusage usage{};
  ::getrusage(who, &usage);
  return usage.ru_maxrss / 1024;
}

class Damaged : public testing::TestWithParam<const char*> {};

TEST_P(Damaged, IsReadOrRefused) {
  const std::string path = test::data_file(GetParam());
  if (const ArrayFormat* format = array_format_of(path); format->library != nullptr && format->library().empty())
    GTEST_SKIP() << "built without the library";
  const std::string good = test::slurp(path);
  const test::TempFolder folder;
  const std::string copy = folder.file("damaged." + std::string(GetParam()));
  const char* seconds = std::getenv("FNO_FUZZ_SECONDS");
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds == nullptr ? 0 : std::atoi(seconds));
  constexpr std::uint64_t kSeeds = 60;
  const std::int64_t before = peak_mib(RUSAGE_SELF);
  std::uint64_t refused = 0, seed = 0;
  for (; seed < kSeeds || std::chrono::steady_clock::now() < end; ++seed) {
    test::spill(copy, damaged(good, seed));
    refused += read_all(copy) ? 0 : 1;
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
  }
  EXPECT_GT(refused, 0u);
  constexpr std::int64_t kMiB = 64 + 16;  // and some for what the libraries hold themselves
  EXPECT_LT(peak_mib(RUSAGE_SELF), before + kMiB);
  EXPECT_LT(peak_mib(RUSAGE_CHILDREN), before + kMiB);
}

INSTANTIATE_TEST_SUITE_P(Fuzz, Damaged,
                         testing::Values("types.h5", "pdebench.h5", "well.h5", "v73.mat", "v5.mat", "v5_deflated.mat",
                                         "dict.pt", "list.pt", "state.pt", "stored.npz", "deflated.npz", "v1.npy",
                                         "fortran.npy"),
                         [](const auto& tested) {
                           std::string name = tested.param;
                           std::ranges::replace(name, '.', '_');
                           return name;
                         });

}  // namespace
}  // namespace fno
