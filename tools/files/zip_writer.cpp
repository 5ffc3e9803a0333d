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

}  // namespace

struct ZipWriter::Deflate {
  explicit Deflate(bool fast) {
    ready = deflateInit2(&stream, fast ? 1 : 6, Z_DEFLATED, -MAX_WBITS, 8, fast ? Z_RLE : Z_DEFAULT_STRATEGY) == Z_OK;
  }
  ~Deflate() {
    if (ready) deflateEnd(&stream);
  }
  Deflate(const Deflate&) = delete;
  Deflate& operator=(const Deflate&) = delete;
  z_stream stream{};
  std::vector<std::byte> piece = std::vector<std::byte>(1 << 16);
  bool ready = false;
};

ZipWriter::ZipWriter(AtomicFile& file, ZipCompression compression) : file_(file), compression_(compression) {}
ZipWriter::~ZipWriter() = default;

void ZipWriter::begin(const std::string& name) {
  name_ = name;
  offset_ = file_.size();
  size_ = 0;
  crc_ = 0;
  const bool deflates = compression_ != ZipCompression::none;
  method_ = deflates ? kZipDeflated : kZipStored;
  file_.write(local_header(name_, method_, crc_, 0, 0));
  begin_ = file_.size();
  if (!deflates) return;
  deflate_ = std::make_unique<Deflate>(compression_ == ZipCompression::fast);
  require<ErrorKind::storage>(deflate_->ready, "zlib cannot start to deflate");
}

void ZipWriter::append(std::span<const std::byte> bytes) {
  if (bytes.empty()) return;  // zlib takes a null pointer for "start again"
  size_ += bytes.size();
  crc_ = static_cast<std::uint32_t>(::crc32_z(crc_, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
  if (deflate_ == nullptr) return file_.write(bytes);
  while (!bytes.empty()) {
    const auto some = bytes.first(std::min<std::size_t>(bytes.size(), 1 << 30));  // zlib counts in 32 bits
    deflate_->stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(some.data()));
    deflate_->stream.avail_in = static_cast<uInt>(some.size());
    drain(Z_NO_FLUSH);
    bytes = bytes.subspan(some.size());
  }
}

void ZipWriter::drain(int flush) {
  z_stream& stream = deflate_->stream;
  do {
    stream.next_out = reinterpret_cast<Bytef*>(deflate_->piece.data());
    stream.avail_out = static_cast<uInt>(deflate_->piece.size());
    ::deflate(&stream, flush);
    file_.write(std::span(deflate_->piece).first(deflate_->piece.size() - stream.avail_out));
  } while (stream.avail_out == 0);
}

void ZipWriter::end() {
  if (deflate_ != nullptr) drain(Z_FINISH);
  deflate_.reset();
  const std::uint64_t compressed = file_.size() - begin_;
  file_.patch(offset_, local_header(name_, method_, crc_, compressed, size_));
  append_entry(directory_, name_, method_, crc_, compressed, size_, offset_);
  ++members_;
}

void ZipWriter::add(const std::string& name, std::span<const std::span<const std::byte>> parts) {
  begin(name);
  for (const auto part : parts) append(part);
  end();
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
