#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "tools/files/input_file.h"

namespace fno {

/// Bytes in order, from a file or a member of an archive.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// Fills all of `out`, or throws an Error that names the file.
  virtual void read(std::span<std::byte> out) = 0;
};

/// A file from its beginning.
class FileSource : public ByteSource {
 public:
  explicit FileSource(const InputFile& file) : file_(file) {}
  void read(std::span<std::byte> out) override {
    file_.read_at(offset_, out);
    offset_ += out.size();
  }

 private:
  const InputFile& file_;
  std::uint64_t offset_ = 0;
};

}  // namespace fno
