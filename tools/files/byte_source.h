#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tools/files/input_file.h"

namespace fno {

/// Bytes in order, from a file or a member of an archive.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// Fills all of `out`, or throws an Error that names the file.
  virtual void read(std::span<std::byte> out) = 0;
  /// Passes over bytes, reading them where the source knows no better.
  virtual void skip(std::uint64_t bytes) {
    std::vector<std::byte> passed(std::min<std::uint64_t>(bytes, 1 << 16));
    for (; bytes > 0; bytes -= passed.size()) {
      passed.resize(std::min<std::uint64_t>(bytes, passed.size()));
      read(passed);
    }
  }
  /// To be called after the last byte: whatever can be checked of the whole is.
  virtual void finish() {}
};

/// A file from its beginning.
class FileSource : public ByteSource {
 public:
  explicit FileSource(const InputFile& file) : file_(file) {}
  void read(std::span<std::byte> out) override {
    file_.read_at(offset_, out);
    offset_ += out.size();
  }
  void skip(std::uint64_t bytes) override { offset_ += bytes; }

 private:
  const InputFile& file_;
  std::uint64_t offset_ = 0;
};

}  // namespace fno
