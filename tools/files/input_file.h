#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "framework/error.h"

namespace fno {

/// A regular file open for reading at any offset; safe to share between threads.
class InputFile {
 public:
  /// Errors are of the given kind and name the path: missing, a folder, no permission.
  explicit InputFile(std::string path, ErrorKind kind = ErrorKind::data);
  InputFile(InputFile&& other) noexcept;
  InputFile& operator=(InputFile&&) = delete;
  ~InputFile();

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// Bytes, as of the opening.
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

  /// Fills all of `out` from `offset` on. Error if the file ends before, or cannot be read.
  void read_at(std::uint64_t offset, std::span<std::byte> out) const;

 private:
  std::string path_;
  ErrorKind kind_;
  int fd_ = -1;
  std::uint64_t size_ = 0;
};

}  // namespace fno
