#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace fno {

/// Element types of arrays in files. `text` is UTF-32, as NumPy's unicode type stores it.
enum class HostType { boolean, u8, i8, u16, i16, u32, i32, u64, i64, f16, f32, f64, c64, c128, text };

/// Bytes of one element; for text those of one code point (4).
[[nodiscard]] std::size_t size_of(HostType type);

/// The name NumPy uses: "float32", "complex64", "bool", "str".
[[nodiscard]] std::string_view name_of(HostType type);

/// "(2, 3)", "(7,)", "()".
[[nodiscard]] std::string host_shape_text(std::span<const std::int64_t> shape);

/// Axes an array in a file may have (NumPy 2 stops at 64 as well).
inline constexpr std::size_t kMaxHostAxes = 64;

/// Product of the extents, 1 for no axes. Empty if an extent is negative, or the product of the extents that are not
/// zero does not fit in 63 bits.
[[nodiscard]] std::optional<std::int64_t> checked_count(std::span<const std::int64_t> shape);

/// Bytes of an array; `text_width` counts only for text. Empty on overflow of 63 bits, as above.
[[nodiscard]] std::optional<std::int64_t> checked_bytes(HostType type, std::int64_t text_width,
                                                        std::span<const std::int64_t> shape);

/// Half precision. GCC 12 has C's name for it in C++ on x86, and on ARM the one that ARM gave it.
#if defined(__aarch64__)
using Half = __fp16;
#else
using Half = _Float16;
#endif

/// The HostType that holds T. `bool` is for making arrays only: a byte of a file may be neither 0 nor 1, so booleans
/// are read as std::uint8_t.
template <class T>
constexpr HostType host_type_of() {
  if constexpr (std::is_same_v<T, bool>) return HostType::boolean;
  if constexpr (std::is_same_v<T, std::uint8_t>) return HostType::u8;
  if constexpr (std::is_same_v<T, std::int8_t>) return HostType::i8;
  if constexpr (std::is_same_v<T, std::uint16_t>) return HostType::u16;
  if constexpr (std::is_same_v<T, std::int16_t>) return HostType::i16;
  if constexpr (std::is_same_v<T, std::uint32_t>) return HostType::u32;
  if constexpr (std::is_same_v<T, std::int32_t>) return HostType::i32;
  if constexpr (std::is_same_v<T, std::uint64_t>) return HostType::u64;
  if constexpr (std::is_same_v<T, std::int64_t>) return HostType::i64;
  if constexpr (std::is_same_v<T, Half>) return HostType::f16;
  if constexpr (std::is_same_v<T, float>) return HostType::f32;
  if constexpr (std::is_same_v<T, double>) return HostType::f64;
  if constexpr (std::is_same_v<T, std::complex<float>>) return HostType::c64;
  if constexpr (std::is_same_v<T, std::complex<double>>) return HostType::c128;
  return HostType::text;
}
template <class T>
concept HostElement = host_type_of<T>()
!= HostType::text;

/// An array in ordinary memory as files hold it: little-endian, C order. Errors of the members are of kind data and
/// begin with `what`, which names the file and the array.
struct HostArray {
  HostType type = HostType::f32;
  std::vector<std::int64_t> shape;
  std::vector<std::byte> bytes;
  std::int64_t text_width = 0;  ///< text only: code points an element, shorter texts end in zeros

  /// Elements. Error if the shape is impossible or `bytes` has another size than type and shape say.
  [[nodiscard]] std::int64_t count(std::string_view what = "array") const;

  /// The elements in place, no copy. Error unless T is exactly the type; std::uint8_t also reads booleans.
  template <HostElement T>
  requires(!std::is_same_v<T, bool>) [[nodiscard]] std::span<const T> values(std::string_view what = "array") const {
    check_type(host_type_of<T>(), what);
    return {reinterpret_cast<const T*>(bytes.data()), static_cast<std::size_t>(count(what))};
  }

  /// Copies of any real type, converted (false 0, true 1; rounded to nearest). Error for complex and text.
  [[nodiscard]] std::vector<float> to_floats(std::string_view what = "array") const;
  [[nodiscard]] std::vector<double> to_doubles(std::string_view what = "array") const;
  /// The elements `first`, `first` + 1 …, as many as `to` holds, as to_doubles() has them.
  void read_doubles(std::int64_t first, std::span<double> to, std::string_view what = "array") const;
  /// The same of any real or complex type. Error for text.
  [[nodiscard]] std::vector<std::complex<float>> to_complexes(std::string_view what = "array") const;
  /// Text as UTF-8, one string an element. Error for any other type and for what is not Unicode.
  [[nodiscard]] std::vector<std::string> to_texts(std::string_view what = "array") const;

 private:
  void check_type(HostType wanted, std::string_view what) const;
};

/// Copies an array between two places in memory, in each of which a step along an axis is so many elements. The caller
/// has checked that none lies outside.
void copy_elements(std::byte* to, std::span<const std::int64_t> to_strides, const std::byte* from,
                   std::span<const std::int64_t> from_strides, std::span<const std::int64_t> shape,
                   std::size_t element_size);

/// The elements of an array in C order, taken from `from` likewise.
[[nodiscard]] std::vector<std::byte> gather(std::span<const std::byte> from, std::size_t element_size,
                                            std::span<const std::int64_t> shape, std::span<const std::int64_t> strides);

/// Steps of an array whose last axis runs fastest: C order.
[[nodiscard]] std::vector<std::int64_t> row_major_strides(std::span<const std::int64_t> shape);

/// Steps of an array whose first axis runs fastest: Fortran's and MATLAB's order.
[[nodiscard]] std::vector<std::int64_t> column_major_strides(std::span<const std::int64_t> shape);

struct NamedArray {
  std::string name;
  HostArray array;
};

/// The array with its axes in another order: axis k of the result is axis order[k] of `array`, as numpy.transpose.
[[nodiscard]] HostArray permuted(const HostArray& array, std::span<const std::size_t> order);

/// Error (kind data) if the shape does not hold exactly the bytes given.
[[nodiscard]] HostArray make_host_array(HostType type, std::vector<std::int64_t> shape, std::vector<std::byte> bytes);

template <HostElement T>
[[nodiscard]] HostArray make_host_array(const std::vector<T>& values, std::vector<std::int64_t> shape) {
  std::vector<std::byte> bytes(values.size() * sizeof(T));
  if (!values.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return make_host_array(host_type_of<T>(), std::move(shape), std::move(bytes));
}

/// No axes, one element.
template <HostElement T>
[[nodiscard]] HostArray make_host_scalar(T value) {
  std::vector<std::byte> bytes(sizeof(T));
  std::memcpy(bytes.data(), &value, sizeof(T));
  return make_host_array(host_type_of<T>(), {}, std::move(bytes));
}

/// No axes, one text. Error (kind data) if it is not UTF-8.
[[nodiscard]] HostArray make_host_text(std::string_view utf8);

}  // namespace fno
