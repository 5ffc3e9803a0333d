#include "tools/files/zip_directory.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <unordered_set>

#include "tools/files/in_quotes.h"
#include "tools/files/little_endian.h"

namespace fno {
namespace {

/// Where the central directory lies; checked to end where the end records begin.
struct DirectoryPlace {
  std::uint64_t offset = 0, size = 0, entries = 0;
};

std::uint16_t u16(const std::byte* at) { return load_le<std::uint16_t>(at); }
std::uint32_t u32(const std::byte* at) { return load_le<std::uint32_t>(at); }
std::uint64_t u64(const std::byte* at) { return load_le<std::uint64_t>(at); }

/// Offset of the end record: the last one in the file whose comment fills the file to its end.
std::uint64_t find_end_record(const InputFile& file) {
  const std::uint64_t tail_size = std::min<std::uint64_t>(file.size(), kZipEndSize + kZipSaturated16);
  std::vector<std::byte> tail(tail_size);
  file.read_at(file.size() - tail_size, tail);
  for (std::uint64_t back = kZipEndSize; back <= tail_size; ++back) {
    const std::byte* at = tail.data() + (tail_size - back);
    if (u32(at) == kZipEndMark && u16(at + 20) == back - kZipEndSize) return file.size() - back;
  }
  fail(ErrorKind::data, file.path(), ": is not a zip archive (NPZ), or is cut short: no end record in ", file.size(),
       " bytes");
}

DirectoryPlace find_directory(const InputFile& file) {
  std::uint64_t end = find_end_record(file);
  std::byte record[kZip64EndSize];
  file.read_at(end, std::span(record).first(kZipEndSize));
  require<ErrorKind::data>(u16(record + 4) == u16(record + 6) && u16(record + 8) == u16(record + 10), file.path(),
                           ": zip archive in several parts; one file is accepted");
  DirectoryPlace place{u32(record + 16), u32(record + 12), u16(record + 10)};
  const bool saturated =
      place.offset == kZipSaturated32 || place.size == kZipSaturated32 || place.entries == kZipSaturated16;
  std::byte locator[kZip64LocatorSize] = {};
  if (saturated && end >= kZip64LocatorSize) file.read_at(end - kZip64LocatorSize, locator);
  if (u32(locator) == kZip64LocatorMark) {
    const std::uint64_t at = u64(locator + 8), last = end - kZip64LocatorSize;
    require<ErrorKind::data>(at <= last && last - at >= kZip64EndSize, file.path(), ": zip64 end record at byte ", at,
                             " does not fit before byte ", last);
    file.read_at(at, record);
    require<ErrorKind::data>(u32(record) == kZip64EndMark, file.path(), ": no zip64 end record at byte ", at);
    place = {u64(record + 48), u64(record + 40), u64(record + 32)};
    end = at;
  }
  require<ErrorKind::data>(place.size <= end && place.offset == end - place.size, file.path(), ": zip directory of ",
                           place.size, " bytes at byte ", place.offset, " does not end at byte ", end);
  require<ErrorKind::data>(place.entries <= place.size / kZipEntrySize, file.path(), ": zip directory of ", place.size,
                           " bytes claims ", place.entries, " members");
  return place;
}

/// Sizes and offset that do not fit in 32 bits stand in extra field 1, in this order, only those that are saturated.
void apply_zip64(ZipEntry& entry, std::span<const std::byte> extra, const std::string& where) {
  std::uint64_t* const fields[] = {&entry.size, &entry.compressed_size, &entry.local_offset};
  while (extra.size() >= 4) {
    const std::size_t id = u16(extra.data()), size = u16(extra.data() + 2);
    if (size > extra.size() - 4) break;
    auto field = extra.subspan(4, size);
    extra = extra.subspan(4 + size);
    if (id != 1) continue;
    for (std::uint64_t* value : fields) {
      if (*value != kZipSaturated32) continue;
      require<ErrorKind::data>(field.size() >= 8, where, ": zip64 field is too short");
      *value = u64(field.data());
      field = field.subspan(8);
    }
    return;
  }
}

void check_entry(const ZipEntry& entry, const std::string& where) {
  constexpr std::uint16_t kEncrypted = 0x2041;  // plain, strong and header encryption
  require<ErrorKind::data>((entry.flags & kEncrypted) == 0, where, ": is encrypted; plain members are accepted");
  require<ErrorKind::data>(entry.method == kZipStored || entry.method == kZipDeflated, where,
                           ": is compressed with method ", entry.method, "; 0 (stored) and 8 (deflate) are accepted");
  // Deflate spends at least 2 bits on 258 bytes.
  constexpr std::uint64_t kMostRatio = 1032;
  const bool possible = entry.method == kZipStored ? entry.size == entry.compressed_size
                                                   : entry.size / kMostRatio <= entry.compressed_size;
  require<ErrorKind::data>(possible, where, ": claims ", entry.size, " bytes from ", entry.compressed_size,
                           entry.method == kZipStored ? " stored bytes" : " deflated bytes");
}

/// Members in the order of the file, each up to the next: what overlaps is refused.
void set_limits(std::vector<ZipEntry>& entries, std::uint64_t directory_offset, const InputFile& file) {
  std::vector<ZipEntry*> sorted;
  for (ZipEntry& entry : entries) sorted.push_back(&entry);
  std::sort(sorted.begin(), sorted.end(),
            [](const ZipEntry* a, const ZipEntry* b) { return a->local_offset < b->local_offset; });
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    ZipEntry& entry = *sorted[i];
    entry.limit = i + 1 < sorted.size() ? sorted[i + 1]->local_offset : directory_offset;
    const std::uint64_t header = kZipLocalSize + entry.name.size();
    const bool fits = entry.local_offset <= entry.limit && header <= entry.limit - entry.local_offset &&
                      entry.compressed_size <= entry.limit - entry.local_offset - header;
    require<ErrorKind::data>(fits, file.path(), ": member ", in_quotes(entry.name), " of ", entry.compressed_size,
                             " bytes at byte ", entry.local_offset, " reaches beyond byte ", entry.limit,
                             ", where the next one or the directory begins");
  }
}

}  // namespace

std::vector<ZipEntry> read_zip_directory(const InputFile& file) {
  const DirectoryPlace place = find_directory(file);
  std::vector<std::byte> directory(place.size);
  file.read_at(place.offset, directory);
  std::span<const std::byte> rest(directory);
  std::vector<ZipEntry> entries;
  std::unordered_set<std::string> names;
  for (std::uint64_t i = 0; i < place.entries; ++i) {
    const std::byte* at = rest.data();
    require<ErrorKind::data>(rest.size() >= kZipEntrySize && u32(at) == kZipEntryMark, file.path(),
                             ": zip directory is damaged at member ", i, " of ", place.entries);
    const std::uint64_t name_size = u16(at + 28), extra_size = u16(at + 30), comment_size = u16(at + 32);
    require<ErrorKind::data>(name_size + extra_size + comment_size <= rest.size() - kZipEntrySize, file.path(),
                             ": zip directory ends inside member ", i, " of ", place.entries);
    ZipEntry entry;
    entry.name.assign(reinterpret_cast<const char*>(at + kZipEntrySize), name_size);
    entry.flags = u16(at + 8);
    entry.method = u16(at + 10);
    entry.crc = u32(at + 16);
    entry.compressed_size = u32(at + 20);
    entry.size = u32(at + 24);
    entry.local_offset = u32(at + 42);
    const std::string where = file.path() + ": member " + in_quotes(entry.name);
    apply_zip64(entry, rest.subspan(kZipEntrySize + name_size, extra_size), where);
    rest = rest.subspan(kZipEntrySize + name_size + extra_size + comment_size);
    require<ErrorKind::data>(names.insert(entry.name).second, where, ": occurs twice");
    check_entry(entry, where);
    entries.push_back(std::move(entry));
  }
  require<ErrorKind::data>(rest.empty(), file.path(), ": zip directory has ", rest.size(),
                           " bytes after its last member");
  set_limits(entries, place.offset, file);
  std::erase_if(entries, [](const ZipEntry& entry) { return entry.name.ends_with('/'); });
  return entries;
}

}  // namespace fno
