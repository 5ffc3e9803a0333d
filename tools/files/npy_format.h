#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/files/array_file.h"
#include "tools/files/byte_source.h"

namespace fno {

/// What the beginning of an NPY file says about its array.
struct NpyHeader {
  std::string descr;             ///< NumPy's type as it stands in the file: "<f4", "|O"; a list for structured types
  std::optional<HostType> type;  ///< empty for a type that cannot be read here, for example Python objects
  std::vector<std::int64_t> shape;
  std::int64_t text_width = 0;
  bool big_endian = false;
  bool fortran_order = false;
  std::uint64_t data_offset = 0;  ///< bytes before the elements

  /// Whether the first axis runs fastest, in a way that matters: more than one axis is longer than 1.
  [[nodiscard]] bool column_major() const;
};

/// Reads the header of an array that takes `total` bytes in all, versions 1 to 3. `where` begins every error (kind
/// data). Says nothing yet about whether the elements can be read.
/// Source   numpy.lib.format, "NPY format".
[[nodiscard]] NpyHeader read_npy_header(ByteSource& source, std::uint64_t total, const std::string& where);

/// What the header says, in words that every format has.
[[nodiscard]] inline ArrayInfo info_of(std::string name, const NpyHeader& header) {
  return {std::move(name), header.descr, header.type, header.shape, header.column_major()};
}

/// Reads header and elements, of either order. Asks for at most `allowance` bytes before that many have arrived,
/// whatever the header claims. Errors: an unknown type, a size that does not fit.
[[nodiscard]] HostArray read_npy_array(ByteSource& source, std::uint64_t total, std::uint64_t allowance,
                                       const std::string& where);

/// The rows of one array (its slices along the leading axis), in rising order: those between are passed over.
class NpyRows {
 public:
  /// Reads the header; errors as above.
  NpyRows(std::unique_ptr<ByteSource> source, std::uint64_t total, std::string where);
  /// The first row that can still be read.
  [[nodiscard]] std::int64_t next() const noexcept { return next_; }
  /// Rows first to first + count - 1, first >= next(). In Fortran's order the rows lie interleaved, so that none can be
  /// read after these.
  [[nodiscard]] HostArray read(std::int64_t first, std::int64_t count, std::uint64_t allowance);

 private:
  std::vector<std::byte> read_columns(std::int64_t first, std::int64_t count);
  std::unique_ptr<ByteSource> source_;
  std::string where_;
  NpyHeader header_;
  std::uint64_t bytes_ = 0;  // of all elements
  std::int64_t next_ = 0;
};

/// Fills a buffer of `size` bytes that grows only as fast as bytes arrive, beginning with `allowance`.
[[nodiscard]] std::vector<std::byte> read_growing(ByteSource& source, std::uint64_t size, std::uint64_t allowance);

/// Magic, version and padded header, byte for byte as NumPy writes them; the elements follow. The array has been
/// checked (HostArray::count).
[[nodiscard]] std::string npy_preamble(const HostArray& array);

}  // namespace fno
