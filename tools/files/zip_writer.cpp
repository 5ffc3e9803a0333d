#include "tools/files/zip_writer.h"

#include <algorithm>
#include <zlib.h>

#include "tools/files/little_endian.h"
#include "tools/files/zip_directory.h"

namespace fno {
namespace {

constexpr std::uint16_t kPlain = 20, kZip64 = 45;  // version of the format a reader needs
constexpr std::uint16_t kUnix = 3 << 8;            // the attributes are those of Unix
constexpr std::uint32_t kMode = 0600u << 16;       // as Python's zipfile sets it
constexpr std::uint16_t kDate = (1 << 5) | 1;      // 1980-01-01, the earliest a zip can say
constexpr std::uint16_t kZip64Field = 1;
constexpr std::uint16_t kUtf8Name = 1 << 11;

std::uint16_t name_flags(const std::string& name) {
  const bool ascii = std::all_of(name.begin(), name.end(), [](char c) { return static_cast<signed char>(c) >= 0; });
  return ascii ? 0 : kUtf8Name;
}

std::uint32_t saturated(std::uint64_t value) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(value, kZipSaturated32));
}

/// The fields that local header and directory entry share, from the version needed to the uncompressed size.
struct Shared {
  std::uint16_t version, flags, method;
  std::uint32_t crc, compressed, size;
};

void append_shared(std::vector<std::byte>& out, const Shared& shared) {
  append_le(out, shared.version);
  append_le(out, shared.flags);
  append_le(out, shared.method);
  append_le<std::uint16_t>(out, 0);  // midnight
  append_le(out, kDate);
  append_le(out, shared.crc);
  append_le(out, shared.compressed);
  append_le(out, shared.size);
}

/// Always with a zip64 field, as NumPy writes it, so that its size does not depend on the sizes to come.
std::vector<std::byte> local_header(const std::string& name, std::uint16_t method, std::uint32_t crc,
                                    std::uint64_t compressed, std::uint64_t size) {
  std::vector<std::byte> out;
  append_le(out, kZipLocalMark);
  append_shared(out, {kZip64, name_flags(name), method, crc, kZipSaturated32, kZipSaturated32});
  append_le(out, static_cast<std::uint16_t>(name.size()));
  append_le<std::uint16_t>(out, 20);
  append_text(out, name);
  append_le(out, kZip64Field);
  append_le<std::uint16_t>(out, 16);
  append_le(out, size);
  append_le(out, compressed);
  return out;
}

void append_entry(std::vector<std::byte>& out, const std::string& name, std::uint16_t method, std::uint32_t crc,
                  std::uint64_t compressed, std::uint64_t size, std::uint64_t offset) {
  std::vector<std::byte> wide;
  for (const std::uint64_t value : {size, compressed, offset})
    if (value >= kZipSaturated32) append_le(wide, value);
  append_le(out, kZipEntryMark);
  append_le<std::uint16_t>(out, kUnix | kZip64);
  append_shared(
      out, {wide.empty() ? kPlain : kZip64, name_flags(name), method, crc, saturated(compressed), saturated(size)});
  append_le(out, static_cast<std::uint16_t>(name.size()));
  append_le(out, static_cast<std::uint16_t>(wide.empty() ? 0 : 4 + wide.size()));
  append_le<std::uint16_t>(out, 0);  // comment
  append_le<std::uint16_t>(out, 0);  // part of the archive
  append_le<std::uint16_t>(out, 0);  // text or binary
  append_le(out, kMode);
  append_le(out, saturated(offset));
  append_text(out, name);
  if (wide.empty()) return;
  append_le(out, kZip64Field);
  append_le(out, static_cast<std::uint16_t>(wide.size()));
  out.insert(out.end(), wide.begin(), wide.end());
}

struct Deflate {
  explicit Deflate(bool fast) {
    ready = deflateInit2(&stream, fast ? 1 : 6, Z_DEFLATED, -MAX_WBITS, 8, fast ? Z_RLE : Z_DEFAULT_STRATEGY) == Z_OK;
  }
  ~Deflate() {
    if (ready) deflateEnd(&stream);
  }
  Deflate(const Deflate&) = delete;
  Deflate& operator=(const Deflate&) = delete;
  z_stream stream{};
  bool ready = false;
};

}  // namespace

std::uint64_t ZipWriter::write_deflated(std::span<const std::span<const std::byte>> parts) {
  Deflate deflater(compression_ == ZipCompression::fast);
  require<ErrorKind::storage>(deflater.ready, "zlib cannot start to deflate");
  z_stream& stream = deflater.stream;
  const std::uint64_t before = file_.size();
  std::vector<std::byte> piece(1 << 16);
  const auto drain = [&](int flush) {
    do {
      stream.next_out = reinterpret_cast<Bytef*>(piece.data());
      stream.avail_out = static_cast<uInt>(piece.size());
      ::deflate(&stream, flush);
      file_.write(std::span(piece).first(piece.size() - stream.avail_out));
    } while (stream.avail_out == 0);
  };
  for (std::span<const std::byte> part : parts) {
    while (!part.empty()) {
      const auto some = part.first(std::min<std::size_t>(part.size(), 1 << 30));  // zlib counts in 32 bits
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(some.data()));
      stream.avail_in = static_cast<uInt>(some.size());
      drain(Z_NO_FLUSH);
      part = part.subspan(some.size());
    }
  }
  drain(Z_FINISH);
  return file_.size() - before;
}

void ZipWriter::add(const std::string& name, std::span<const std::span<const std::byte>> parts) {
  const std::uint64_t offset = file_.size();
  std::uint64_t size = 0;
  uLong crc = 0;
  for (const auto part : parts) {
    if (part.empty()) continue;  // zlib takes a null pointer for "start again"
    size += part.size();
    crc = ::crc32_z(crc, reinterpret_cast<const Bytef*>(part.data()), part.size());
  }
  const std::uint16_t method = compression_ != ZipCompression::none ? kZipDeflated : kZipStored;
  const auto header = [&](std::uint64_t compressed) {
    return local_header(name, method, static_cast<std::uint32_t>(crc), compressed, size);
  };
  file_.write(header(size));
  std::uint64_t compressed = size;
  if (compression_ != ZipCompression::none) {
    compressed = write_deflated(parts);
    file_.patch(offset, header(compressed));
  } else {
    for (const auto part : parts) file_.write(part);
  }
  append_entry(directory_, name, method, static_cast<std::uint32_t>(crc), compressed, size, offset);
  ++members_;
}

void ZipWriter::finish() {
  const std::uint64_t offset = file_.size(), size = directory_.size();
  file_.write(directory_);
  std::vector<std::byte> end;
  if (members_ >= kZipSaturated16 || offset >= kZipSaturated32 || size >= kZipSaturated32) {
    append_le(end, kZip64EndMark);
    append_le<std::uint64_t>(end, kZip64EndSize - 12);  // what follows this field
    append_le<std::uint16_t>(end, kUnix | kZip64);
    append_le(end, kZip64);
    append_le<std::uint32_t>(end, 0);  // this part of the archive
    append_le<std::uint32_t>(end, 0);  // the part with the directory
    append_le(end, members_);
    append_le(end, members_);
    append_le(end, size);
    append_le(end, offset);
    append_le(end, kZip64LocatorMark);
    append_le<std::uint32_t>(end, 0);
    append_le(end, offset + size);
    append_le<std::uint32_t>(end, 1);  // parts in all
  }
  const auto members = static_cast<std::uint16_t>(std::min<std::uint64_t>(members_, kZipSaturated16));
  append_le(end, kZipEndMark);
  append_le<std::uint16_t>(end, 0);
  append_le<std::uint16_t>(end, 0);
  append_le(end, members);
  append_le(end, members);
  append_le(end, saturated(size));
  append_le(end, saturated(offset));
  append_le<std::uint16_t>(end, 0);  // comment
  file_.write(end);
}

}  // namespace fno
