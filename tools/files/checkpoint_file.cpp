#include "tools/files/checkpoint_file.h"

#include <cstdint>
#include <set>

#include "framework/error.h"
#include "tools/files/atomic_file.h"
#include "tools/files/in_quotes.h"
#include "tools/files/input_file.h"
#include "tools/files/little_endian.h"
#include "tools/files/sha256.h"

namespace fno {
namespace {

constexpr ErrorKind kKind = ErrorKind::checkpoint;
constexpr std::string_view kMagic = "FNOCKPT\x1a", kEnd = "FNOEND\r\n";
constexpr std::uint32_t kVersion = 1;
constexpr std::uint32_t kLongestName = 4096;
constexpr std::uint64_t kHeadSize = 24, kDigestSize = 32, kTrailerSize = 16;
constexpr std::uint64_t kRowSize = 4 + 8 + kDigestSize;  // without the name

struct Row {
  std::string name;
  std::uint64_t size = 0;
  Sha256Digest digest{};
};

std::vector<std::byte> head_and_table(std::span<const SectionView> sections) {
  std::vector<std::byte> table;
  for (const SectionView& section : sections) {
    append_le(table, static_cast<std::uint32_t>(section.name.size()));
    append_text(table, section.name);
    append_le<std::uint64_t>(table, section.bytes.size());
    const Sha256Digest digest = sha256(section.bytes);
    table.insert(table.end(), digest.begin(), digest.end());
  }
  std::vector<std::byte> out;
  append_text(out, kMagic);
  append_le(out, kVersion);
  append_le(out, static_cast<std::uint32_t>(sections.size()));
  append_le<std::uint64_t>(out, table.size());
  out.insert(out.end(), table.begin(), table.end());
  return out;
}

bool equals(std::span<const std::byte> bytes, std::string_view text) {
  return bytes.size() == text.size() && std::memcmp(bytes.data(), text.data(), text.size()) == 0;
}

/// The trailer tells a file that was cut short or went on growing from one with damaged contents.
void check_trailer(const InputFile& file) {
  require<kKind>(file.size() >= kHeadSize + kDigestSize + kTrailerSize, file.path(), ": has ", file.size(),
                 " bytes, too few for a checkpoint");
  std::byte trailer[kTrailerSize];
  file.read_at(file.size() - kTrailerSize, trailer);
  require<kKind>(equals(std::span(trailer).subspan(8), kEnd), file.path(),
                 ": checkpoint is cut short or damaged: no end mark after ", file.size(), " bytes");
  const auto size = load_le<std::uint64_t>(trailer);
  require<kKind>(size == file.size(), file.path(), ": checkpoint is damaged: has ", file.size(),
                 " bytes, its end mark says ", size);
}

std::vector<Row> parse_table(std::span<const std::byte> table, std::uint64_t count, const std::string& path) {
  require<kKind>(count <= table.size() / kRowSize, path, ": table of ", table.size(), " bytes claims ", count,
                 " sections");
  std::vector<Row> rows(count);
  for (Row& row : rows) {
    const bool has_name_size = table.size() >= 4;
    const std::uint64_t name_size = has_name_size ? load_le<std::uint32_t>(table.data()) : 0;
    require<kKind>(has_name_size && table.size() - 4 >= name_size + 8 + kDigestSize, path,
                   ": table ends inside section ", &row - rows.data());
    row.name.assign(reinterpret_cast<const char*>(table.data() + 4), name_size);
    table = table.subspan(4 + name_size);
    row.size = load_le<std::uint64_t>(table.data());
    std::memcpy(row.digest.data(), table.data() + 8, kDigestSize);
    table = table.subspan(8 + kDigestSize);
  }
  require<kKind>(table.empty(), path, ": table has ", table.size(), " bytes after its last section");
  return rows;
}

}  // namespace

void write_checkpoint_file(const std::string& path, std::span<const SectionView> sections) {
  std::set<std::string_view> names;
  for (const SectionView& section : sections) {
    require<kKind>(!section.name.empty() && section.name.size() <= kLongestName, path, ": section name ",
                   in_quotes(section.name), " has ", section.name.size(), " bytes; 1 to ", kLongestName,
                   " are accepted");
    require<kKind>(names.insert(section.name).second, path, ": section ", in_quotes(section.name), " is given twice");
  }
  std::vector<std::byte> head = head_and_table(sections);
  const Sha256Digest digest = sha256(head);
  head.insert(head.end(), digest.begin(), digest.end());
  AtomicFile file(path);
  file.write(head);
  for (const SectionView& section : sections) file.write(section.bytes);
  std::vector<std::byte> trailer;
  append_le<std::uint64_t>(trailer, file.size() + kTrailerSize);
  append_text(trailer, kEnd);
  file.write(trailer);
  file.commit();
}

std::vector<Section> read_checkpoint_file(const std::string& path) {
  const InputFile file(path, kKind);
  std::vector<std::byte> head(std::min(file.size(), kHeadSize));
  file.read_at(0, head);
  require<kKind>(head.size() == kHeadSize && equals(std::span(head).first(8), kMagic), path,
                 ": is not a checkpoint of this program, or its first bytes are damaged");
  // Before the checksums: another version may keep them elsewhere.
  const auto version = load_le<std::uint32_t>(head.data() + 8);
  require<kKind>(version == kVersion, path, ": is a checkpoint of format version ", version, "; ", kVersion,
                 " is accepted");
  check_trailer(file);
  const std::uint64_t count = load_le<std::uint32_t>(head.data() + 12);
  const auto table_size = load_le<std::uint64_t>(head.data() + 16);
  const std::uint64_t room = file.size() - kHeadSize - kDigestSize - kTrailerSize;
  require<kKind>(table_size <= room, path, ": checkpoint is damaged: its table claims ", table_size, " bytes of ",
                 room);
  head.resize(kHeadSize + table_size);
  file.read_at(kHeadSize, std::span(head).subspan(kHeadSize));
  Sha256Digest digest;
  file.read_at(head.size(), digest);
  require<kKind>(digest == sha256(head), path, ": checkpoint is damaged: the checksum of its table does not fit");

  std::vector<Section> sections;
  std::uint64_t at = head.size() + kDigestSize, left = room - table_size;
  for (Row& row : parse_table(std::span(head).subspan(kHeadSize), count, path)) {
    require<kKind>(row.size <= left, path, ": section ", in_quotes(row.name), ": claims ", row.size, " bytes of ",
                   left);
    std::vector<std::byte> bytes(row.size);
    file.read_at(at, bytes);
    require<kKind>(row.digest == sha256(bytes), path, ": section ", in_quotes(row.name),
                   ": is damaged: its checksum does not fit");
    at += row.size;
    left -= row.size;
    sections.push_back({std::move(row.name), std::move(bytes)});
  }
  require<kKind>(left == 0, path, ": checkpoint has ", left, " bytes after its last section");
  return sections;
}

Section& find_section(std::span<Section> sections, std::string_view name, const std::string& path) {
  for (Section& section : sections)
    if (section.name == name) return section;
  fail(kKind, path, ": checkpoint has no section ", in_quotes(name));
}

}  // namespace fno
