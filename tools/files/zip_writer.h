#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
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
  ZipWriter(AtomicFile& file, ZipCompression compression);
  ~ZipWriter();

  /// One member piece by piece: begin, its bytes, end. The caller sees to it that names differ.
  void begin(const std::string& name);
  void append(std::span<const std::byte> bytes);
  void end();
  /// The same in one call: the bytes are the parts, one after another.
  void add(const std::string& name, std::span<const std::span<const std::byte>> parts);

  /// The directory, after the last member.
  void finish();

 private:
  struct Deflate;
  void drain(int flush);

  AtomicFile& file_;
  ZipCompression compression_;
  std::vector<std::byte> directory_;
  std::uint64_t members_ = 0;
  // The member that is being written.
  std::unique_ptr<Deflate> deflate_;  // deflated ones only
  std::string name_;
  std::uint64_t offset_ = 0, begin_ = 0, size_ = 0;
  std::uint16_t method_ = 0;
  std::uint32_t crc_ = 0;
};

}  // namespace fno
