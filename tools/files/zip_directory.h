#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/files/input_file.h"

namespace fno {

/// One member of a zip archive as its central directory describes it.
struct ZipEntry {
  std::string name;
  std::uint16_t method = 0;  ///< 0 stored, 8 deflated
  std::uint16_t flags = 0;
  std::uint32_t crc = 0;              ///< CRC-32 of the inflated bytes
  std::uint64_t compressed_size = 0;  ///< bytes in the archive
  std::uint64_t size = 0;             ///< bytes when inflated
  std::uint64_t local_offset = 0;     ///< of the local header
  std::uint64_t limit = 0;            ///< where the next member or the directory begins
};

/// Reads the central directory, zip64 included, in the order of the directory; folders are left out. Every number is
/// checked against the file before it is used: members lie inside the file and do not overlap, names occur once,
/// a deflated size is within reach of deflate (1032 : 1). Errors of kind data name the path and the member.
/// Source   PKWARE APPNOTE 6.3.
[[nodiscard]] std::vector<ZipEntry> read_zip_directory(const InputFile& file);

inline constexpr std::uint16_t kZipStored = 0, kZipDeflated = 8;
inline constexpr std::uint32_t kZipLocalMark = 0x04034b50, kZipEntryMark = 0x02014b50, kZipEndMark = 0x06054b50,
                               kZip64EndMark = 0x06064b50, kZip64LocatorMark = 0x07064b50;
inline constexpr std::uint64_t kZipLocalSize = 30, kZipEntrySize = 46, kZipEndSize = 22, kZip64EndSize = 56,
                               kZip64LocatorSize = 20;
inline constexpr std::uint32_t kZipSaturated32 = 0xFFFFFFFF;  ///< "see the zip64 field"
inline constexpr std::uint16_t kZipSaturated16 = 0xFFFF;

}  // namespace fno
