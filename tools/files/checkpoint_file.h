#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fno {

/// A named run of bytes in a checkpoint; what they mean is up to the writer of the section.
struct Section {
  std::string name;
  std::vector<std::byte> bytes;
};

/// A section to be written, whose bytes lie elsewhere.
struct SectionView {
  std::string name;
  std::span<const std::byte> bytes;
};

/// Writes sections as one file, atomically; the same sections give the same bytes. All integers little-endian:
///
///     8 bytes   "FNOCKPT\x1a"
///     u32       format version, 1
///     u32       number of sections
///     u64       bytes of the table
///     table     for each section: u32 bytes of the name, the name, u64 bytes of the section, 32 bytes SHA-256 of it
///     32 bytes  SHA-256 of everything above
///     sections  one after another
///     u64       bytes of the whole file
///     8 bytes   "FNOEND\r\n"
///
/// Errors   kind storage: not writable, full; kind checkpoint: a name that is empty, used twice or longer than 4096.
void write_checkpoint_file(const std::string& path, std::span<const SectionView> sections);

/// Reads all sections. Every bit of the file is covered by a checksum or a fixed value: one flipped bit, missing or
/// added bytes anywhere are an error of kind checkpoint that names the path and what is damaged. So is a missing file.
/// Never asks for more memory than the file has bytes.
[[nodiscard]] std::vector<Section> read_checkpoint_file(const std::string& path);

/// The section of that name. Error of kind checkpoint, beginning with `path`, if there is none.
[[nodiscard]] Section& find_section(std::span<Section> sections, std::string_view name, const std::string& path);

}  // namespace fno
