#include "tools/files/npy_format.h"

#include <algorithm>
#include <array>

#include "framework/error.h"
#include "tools/files/in_quotes.h"
#include "tools/files/little_endian.h"
#include "tools/files/npy_header_parser.h"

namespace fno {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::uint64_t kLongestHeader = 1 << 20;  // NumPy itself stops at 10,000 characters unless told otherwise

void swap_bytes(HostArray& array) {
  // The parts of a complex number are swapped one by one.
  const bool complex = array.type == HostType::c64 || array.type == HostType::c128;
  const std::size_t size = size_of(array.type) / (complex ? 2 : 1);
  for (auto at = array.bytes.begin(); at != array.bytes.end(); at += static_cast<std::ptrdiff_t>(size))
    std::reverse(at, at + static_cast<std::ptrdiff_t>(size));
}

// Bytes of the elements, which must be of a known type and all be there.
std::uint64_t element_bytes(const NpyHeader& header, std::uint64_t total, const std::string& where) {
  require<ErrorKind::data>(header.type.has_value(), where, ": type ", in_quotes(header.descr),
                           " is not supported; bool, (u)int8 to (u)int64, float16, float32, float64, complex64, "
                           "complex128 and unicode text are accepted");
  const auto size = checked_bytes(*header.type, header.text_width, header.shape);
  require<ErrorKind::data>(size.has_value(), where, ": shape ", host_shape_text(header.shape), " of ",
                           name_of(*header.type), " is larger than any file");
  const std::uint64_t present = total - header.data_offset;
  require<ErrorKind::data>(static_cast<std::uint64_t>(*size) == present, where, ": shape ",
                           host_shape_text(header.shape), " of ", name_of(*header.type), " needs ", *size,
                           " bytes of elements, there are ", present);
  return present;
}

// Elements as the file has them, brought into C order.
HostArray with_order(const NpyHeader& header, std::vector<std::int64_t> shape, std::vector<std::byte> bytes) {
  const auto width = static_cast<std::size_t>(header.type == HostType::text ? header.text_width : 1);
  if (header.column_major()) bytes = gather(bytes, size_of(*header.type) * width, shape, column_major_strides(shape));
  return {*header.type, std::move(shape), std::move(bytes), header.text_width};
}

std::string descr_of(const HostArray& array) {
  const std::string size = std::to_string(size_of(array.type));
  switch (array.type) {
    case HostType::boolean: return "|b1";
    case HostType::u8: return "|u1";
    case HostType::i8: return "|i1";
    case HostType::u16:
    case HostType::u32:
    case HostType::u64: return "<u" + size;
    case HostType::i16:
    case HostType::i32:
    case HostType::i64: return "<i" + size;
    case HostType::f16:
    case HostType::f32:
    case HostType::f64: return "<f" + size;
    case HostType::c64:
    case HostType::c128: return "<c" + size;
    case HostType::text: return "<U" + std::to_string(array.text_width);
  }
  return {};
}

}  // namespace

NpyHeader read_npy_header(ByteSource& source, std::uint64_t total, const std::string& where) {
  std::array<std::byte, 12> start{};
  require<ErrorKind::data>(total >= 10, where, ": has ", total, " bytes, too few for an NPY array");
  source.read(std::span(start).first(8));
  require<ErrorKind::data>(std::memcmp(start.data(), kMagic.data(), kMagic.size()) == 0, where,
                           ": does not begin with the mark of an NPY array");
  const int version = std::to_integer<int>(start[6]);
  require<ErrorKind::data>(version >= 1 && version <= 3 && start[7] == std::byte{0}, where, ": is of NPY version ",
                           version, ".", std::to_integer<int>(start[7]), "; 1.0, 2.0 and 3.0 are accepted");
  const std::size_t width = version == 1 ? 2 : 4;
  require<ErrorKind::data>(total >= 8 + width, where, ": has ", total, " bytes, too few for an NPY array");
  source.read(std::span(start).subspan(8, width));
  const std::uint64_t length =
      version == 1 ? load_le<std::uint16_t>(start.data() + 8) : load_le<std::uint32_t>(start.data() + 8);
  const std::uint64_t room = std::min(total - 8 - width, kLongestHeader);
  require<ErrorKind::data>(length <= room, where, ": the NPY header claims ", length, " bytes; at most ", room,
                           " are accepted");
  std::string text(length, '\0');
  source.read(std::as_writable_bytes(std::span(text)));
  NpyHeader header = parse_npy_dictionary(text, where);
  header.data_offset = 8 + width + length;
  return header;
}

std::vector<std::byte> read_growing(ByteSource& source, std::uint64_t size, std::uint64_t allowance) {
  std::vector<std::byte> bytes;
  std::uint64_t room = std::min(size, std::max<std::uint64_t>(allowance, 1));
  while (bytes.size() < size) {
    const std::size_t have = bytes.size();
    bytes.reserve(room);  // resize alone might ask for more
    bytes.resize(room);
    source.read(std::span(bytes).subspan(have));
    room = std::min(size, 2 * room);
  }
  return bytes;
}

bool NpyHeader::column_major() const {
  return fortran_order && std::ranges::count_if(shape, [](std::int64_t n) { return n > 1; }) > 1;
}

HostArray read_npy_array(ByteSource& source, std::uint64_t total, std::uint64_t allowance, const std::string& where) {
  NpyHeader header = read_npy_header(source, total, where);
  const std::uint64_t size = element_bytes(header, total, where);
  HostArray array = with_order(header, header.shape, read_growing(source, size, allowance));
  if (header.big_endian) swap_bytes(array);
  return array;
}

NpyRows::NpyRows(std::unique_ptr<ByteSource> source, std::uint64_t total, std::string where)
    : source_(std::move(source)),
      where_(std::move(where)),
      header_(read_npy_header(*source_, total, where_)),
      bytes_(element_bytes(header_, total, where_)) {}

HostArray NpyRows::read(std::int64_t first, std::int64_t count, std::uint64_t allowance) {
  require_range(where_, header_.shape, first, count);
  const std::int64_t rows = header_.shape[0];
  std::vector<std::int64_t> shape = header_.shape;
  shape[0] = count;
  std::vector<std::byte> bytes;
  if (header_.column_major()) {
    bytes = read_columns(first, count);
    next_ = rows;
  } else if (rows > 0) {
    const std::uint64_t row = bytes_ / static_cast<std::uint64_t>(rows);
    source_->skip(static_cast<std::uint64_t>(first - next_) * row);
    bytes = read_growing(*source_, static_cast<std::uint64_t>(count) * row, allowance);
    next_ = first + count;
  }
  if (next_ == rows) source_->finish();
  HostArray array = with_order(header_, std::move(shape), std::move(bytes));
  if (header_.big_endian) swap_bytes(array);
  return array;
}

// Of each column, a run of elements along the first axis, the part asked for.
std::vector<std::byte> NpyRows::read_columns(std::int64_t first, std::int64_t count) {
  const std::int64_t rows = header_.shape[0];
  const std::uint64_t total = static_cast<std::uint64_t>(*checked_count(header_.shape));
  if (total == 0) return {};
  const std::uint64_t element = bytes_ / total, columns = total / static_cast<std::uint64_t>(rows);
  const std::uint64_t before = static_cast<std::uint64_t>(first) * element,
                      part = static_cast<std::uint64_t>(count) * element,
                      behind = static_cast<std::uint64_t>(rows - first - count) * element;
  std::vector<std::byte> bytes;
  for (std::uint64_t column = 0; column < columns; ++column) {
    source_->skip(before);
    bytes.resize(bytes.size() + part);
    source_->read(std::span(bytes).last(part));
    source_->skip(behind);
  }
  return bytes;
}

std::string npy_preamble(const HostArray& array) {
  std::string text =
      "{'descr': '" + descr_of(array) + "', 'fortran_order': False, 'shape': " + host_shape_text(array.shape) + ", }";
  // NumPy leaves room for the first extent to grow to 21 digits in place, then aligns the elements to 64 bytes.
  if (!array.shape.empty()) text.append(21 - std::to_string(array.shape.front()).size(), ' ');
  const std::size_t length = (10 + text.size() + 1 + 63) / 64 * 64 - 10;  // far below 65536: at most 64 axes
  text.append(length - text.size() - 1, ' ');
  std::string preamble(kMagic);
  preamble += {'\x01', '\0', static_cast<char>(length & 0xFF), static_cast<char>(length >> 8)};
  return preamble + text + '\n';
}

}  // namespace fno
