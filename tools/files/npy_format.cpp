#include "tools/files/npy_format.h"

#include <algorithm>
#include <array>
#include <numeric>

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

HostArray read_npy_array(ByteSource& source, std::uint64_t total, std::uint64_t allowance, const std::string& where) {
  NpyHeader header = read_npy_header(source, total, where);
  require<ErrorKind::data>(
      header.type.has_value(), where, ": type ", in_quotes(header.descr),
      " is not supported; bool, (u)int8 to (u)int64, float16 to float64, complex64, complex128 and "
      "unicode text are accepted");
  const auto size = checked_bytes(*header.type, header.text_width, header.shape);
  require<ErrorKind::data>(size.has_value(), where, ": shape ", host_shape_text(header.shape), " of ",
                           name_of(*header.type), " is larger than any file");
  const std::uint64_t present = total - header.data_offset;
  require<ErrorKind::data>(static_cast<std::uint64_t>(*size) == present, where, ": shape ",
                           host_shape_text(header.shape), " of ", name_of(*header.type), " needs ", *size,
                           " bytes of elements, there are ", present);
  HostArray array{*header.type, std::move(header.shape), read_growing(source, present, allowance), header.text_width};
  if (header.big_endian) swap_bytes(array);
  if (!header.fortran_order) return array;
  std::vector<std::size_t> reversed(array.shape.size());
  std::iota(reversed.rbegin(), reversed.rend(), std::size_t{0});
  std::ranges::reverse(array.shape);  // what the file has is the C order of the reversed axes
  return permuted(array, reversed);
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
