#include "tools/files/zip_member.h"

#include <algorithm>
#include <iomanip>
#include <limits>
#include <sstream>
#include <utility>
#include <vector>
#include <zlib.h>

#include "tools/files/little_endian.h"

namespace fno {
namespace {

std::string hex32(std::uint32_t value) {
  std::ostringstream text;
  text << std::hex << std::setw(8) << std::setfill('0') << value;
  return text.str();
}

}  // namespace

struct ZipMember::Inflate {
  Inflate() : input(1 << 16) { ready = inflateInit2(&stream, -MAX_WBITS) == Z_OK; }  // raw, no zlib header
  ~Inflate() {
    if (ready) inflateEnd(&stream);
  }
  Inflate(const Inflate&) = delete;
  Inflate& operator=(const Inflate&) = delete;

  z_stream stream{};
  std::vector<std::byte> input;
  bool ready = false;
  bool ended = false;
};

ZipMember::ZipMember(const InputFile& file, const ZipEntry& entry, std::string where)
    : file_(file), entry_(entry), where_(std::move(where)) {
  std::byte local[kZipLocalSize];
  file_.read_at(entry_.local_offset, local);
  const std::uint64_t name_size = load_le<std::uint16_t>(local + 26), extra_size = load_le<std::uint16_t>(local + 28);
  require<ErrorKind::data>(load_le<std::uint32_t>(local) == kZipLocalMark && name_size == entry_.name.size() &&
                               load_le<std::uint16_t>(local + 8) == entry_.method,
                           where_, ": no such member at byte ", entry_.local_offset, ", where the directory puts it");
  std::string name(name_size, '\0');
  file_.read_at(entry_.local_offset + kZipLocalSize, std::as_writable_bytes(std::span(name)));
  require<ErrorKind::data>(name == entry_.name, where_, ": has another name at byte ", entry_.local_offset);
  at_ = entry_.local_offset + kZipLocalSize + name_size + extra_size;
  require<ErrorKind::data>(at_ <= entry_.limit && entry_.compressed_size <= entry_.limit - at_, where_, ": ",
                           entry_.compressed_size, " bytes at byte ", at_, " reach beyond byte ", entry_.limit);
  end_ = at_ + entry_.compressed_size;
  if (entry_.method != kZipDeflated) return;
  inflate_ = std::make_unique<Inflate>();
  require<ErrorKind::data>(inflate_->ready, where_, ": zlib cannot start");
}

ZipMember::~ZipMember() = default;

void ZipMember::refill() {
  Inflate& state = *inflate_;
  if (state.stream.avail_in > 0 || at_ == end_) return;
  const auto piece = std::span(state.input).first(std::min<std::uint64_t>(state.input.size(), end_ - at_));
  file_.read_at(at_, piece);
  at_ += piece.size();
  state.stream.next_in = reinterpret_cast<Bytef*>(piece.data());
  state.stream.avail_in = static_cast<uInt>(piece.size());
}

/// Moves `out` on by what zlib produced; false when no more can come.
bool ZipMember::inflate_some(std::span<std::byte>& out) {
  Inflate& state = *inflate_;
  if (state.ended) return false;
  refill();
  const auto room = static_cast<uInt>(std::min<std::size_t>(out.size(), std::numeric_limits<uInt>::max()));
  state.stream.next_out = reinterpret_cast<Bytef*>(out.data());
  state.stream.avail_out = room;
  const uInt had = state.stream.avail_in;
  const int status = ::inflate(&state.stream, Z_NO_FLUSH);
  state.ended = status == Z_STREAM_END;
  require<ErrorKind::data>(status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR, where_,
                           ": deflated bytes are damaged: ", state.stream.msg ? state.stream.msg : "zlib error");
  out = out.subspan(room - state.stream.avail_out);
  return state.stream.avail_out != room || state.stream.avail_in != had;
}

void ZipMember::read(std::span<std::byte> out) {
  require<ErrorKind::data>(out.size() <= entry_.size - delivered_, where_, ": ends after ", entry_.size, " bytes");
  if (out.empty()) return;  // zlib takes a null pointer for "start again"
  const std::span<std::byte> all = out;
  if (inflate_) {
    while (!out.empty() && inflate_some(out)) continue;
    require<ErrorKind::data>(out.empty(), where_, ": claims ", entry_.size, " bytes, inflates to ",
                             delivered_ + all.size() - out.size());
  } else {
    file_.read_at(at_, out);
    at_ += out.size();
  }
  delivered_ += all.size();
  crc_ = static_cast<std::uint32_t>(::crc32_z(crc_, reinterpret_cast<const Bytef*>(all.data()), all.size()));
}

void ZipMember::skip(std::uint64_t bytes) {
  if (inflate_) return ByteSource::skip(bytes);
  require<ErrorKind::data>(bytes <= entry_.size - delivered_, where_, ": ends after ", entry_.size, " bytes");
  at_ += bytes;
  delivered_ += bytes;
  skipped_ = skipped_ || bytes > 0;
}

void ZipMember::finish() {
  require<ErrorKind::data>(delivered_ == entry_.size, where_, ": has ", entry_.size - delivered_, " bytes too many");
  if (inflate_) {
    // The end mark of the stream may still be waiting; one more byte of output must not be.
    std::byte extra{};
    std::span<std::byte> out(&extra, 1);
    while (!out.empty() && inflate_some(out)) continue;
    require<ErrorKind::data>(!out.empty() && inflate_->ended && inflate_->stream.avail_in == 0 && at_ == end_, where_,
                             ": deflated bytes do not end after the ", entry_.size, " bytes claimed");
  }
  require<ErrorKind::data>(skipped_ || crc_ == entry_.crc, where_, ": is damaged: CRC-32 is ", hex32(crc_),
                           ", the archive says ", hex32(entry_.crc));
}

}  // namespace fno
