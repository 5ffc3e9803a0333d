#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "tools/files/byte_source.h"
#include "tools/files/zip_directory.h"

namespace fno {

/// The inflated bytes of one zip member, in order and piece by piece. Errors (kind data) begin with `where`.
class ZipMember : public ByteSource {
 public:
  /// Checks the local header against the entry. `file` must outlive this.
  ZipMember(const InputFile& file, const ZipEntry& entry, std::string where);
  ~ZipMember() override;

  void read(std::span<std::byte> out) override;
  /// Passes over bytes: of a stored member without reading them, which leaves its CRC-32 unchecked.
  void skip(std::uint64_t bytes) override;

  /// To be called after the last byte was read: checks that the member ends here, and its CRC-32.
  void finish() override;

 private:
  struct Inflate;
  [[nodiscard]] bool inflate_some(std::span<std::byte>& out);
  void refill();

  const InputFile& file_;
  const ZipEntry& entry_;
  std::string where_;
  std::uint64_t at_ = 0;         // next byte of the file
  std::uint64_t end_ = 0;        // where the member's bytes end
  std::uint64_t delivered_ = 0;  // inflated bytes so far
  std::uint32_t crc_ = 0;
  bool skipped_ = false;              // so that crc_ says nothing
  std::unique_ptr<Inflate> inflate_;  // deflated members only
};

}  // namespace fno
