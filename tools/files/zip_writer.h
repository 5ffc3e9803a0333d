#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tools/files/atomic_file.h"

namespace fno {

/// `fast` is deflate that looks for runs only: for noisy floats a third of the time and 2 % more bytes than `small`.
enum class ZipCompression { none, fast, small };

/// Writes a zip archive, zip64 where sizes or counts ask for it. Dates are 1980-01-01. Errors of kind storage.
class ZipWriter {
 public:
  /// `file` is empty and outlives this; committing it is up to the caller.
  ZipWriter(AtomicFile& file, ZipCompression compression) : file_(file), compression_(compression) {}

  /// One member whose bytes are the parts, one after another. The caller sees to it that names differ.
  void add(const std::string& name, std::span<const std::span<const std::byte>> parts);

  /// The directory, after the last member.
  void finish();

 private:
  std::uint64_t write_deflated(std::span<const std::span<const std::byte>> parts);

  AtomicFile& file_;
  ZipCompression compression_;
  std::vector<std::byte> directory_;
  std::uint64_t members_ = 0;
};

}  // namespace fno
