#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <initializer_list>
#include <iterator>
#include <span>
#include <string>
#include <unistd.h>
#include <vector>

#include "framework/error.h"

namespace fno::test {

/// A fixture of tests/tools/files/data.
inline std::string data_file(const std::string& name) {
  return (std::filesystem::path(FNO_SOURCE_DIR) / "tests/tools/files/data" / name).string();
}

/// A fresh folder, gone with this object.
class TempFolder {
 public:
  TempFolder() {
    std::string pattern = testing::TempDir() + "/fno_io_XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) ADD_FAILURE() << "cannot make " << pattern;
    path_ = pattern;
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path_), {}));
  }

 private:
  std::string path_;
};

/// The action must throw an Error of that kind: one line that holds every part.
template <class Action>
void expect_error(ErrorKind kind, std::initializer_list<std::string> parts, Action action) {
  try {
    action();
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    const std::string line = error.what();
    EXPECT_EQ(error.kind(), kind) << line;
    EXPECT_EQ(line.find('\n'), std::string::npos) << line;
    for (const std::string& part : parts) EXPECT_NE(line.find(part), std::string::npos) << part << "\n  in: " << line;
  }
}

inline std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in.good()) << path;
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void spill(const std::string& path, const std::string& bytes) {
  std::ofstream out(path, std::ios::binary);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  ASSERT_TRUE(out.flush().good()) << path;
}

/// Calls `check(bit)` once for every bit of the file, with that bit flipped. In place: rewriting is slow on some disks.
template <class Check>
void with_each_bit_flipped(const std::string& path, Check check) {
  const std::string good = slurp(path);
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  const auto put = [&](std::size_t at, char byte) {
    file.seekp(static_cast<std::streamoff>(at));
    file.put(byte).flush();
    ASSERT_TRUE(file.good()) << path;
  };
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      put(at, static_cast<char>(good[at] ^ (1 << bit)));
      check(8 * at + static_cast<std::size_t>(bit));
    }
    put(at, good[at]);
  }
}

/// Calls `check(size)` with the file cut to every shorter size, ending with an empty file.
template <class Check>
void with_each_cut(const std::string& path, Check check) {
  for (std::uintmax_t size = std::filesystem::file_size(path); size-- > 0;) {
    std::filesystem::resize_file(path, size);
    check(size);
  }
}

inline std::vector<std::byte> to_bytes(const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

}  // namespace fno::test
