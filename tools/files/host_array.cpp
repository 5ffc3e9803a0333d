#include "tools/files/host_array.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <sstream>

#include "framework/error.h"
#include "tools/files/in_quotes.h"
#include "tools/files/utf8.h"

namespace fno {
namespace {

static_assert(std::endian::native == std::endian::little, "arrays in files are little-endian and used in place");
static_assert(sizeof(bool) == 1);

constexpr std::int64_t kMaxInt64 = std::numeric_limits<std::int64_t>::max();

template <class To, class From>
To converted(From value) {
  if constexpr (std::is_same_v<To, std::complex<float>>) {
    return To(static_cast<float>(value));
  } else {
    return static_cast<To>(value);
  }
}

// Fills `to` with the elements of `array` from `first` on.
template <class To>
void convert_real(const HostArray& array, std::size_t first, std::span<To> to, std::string_view what) {
  const auto convert = [&]<class From>(std::span<const From> all) {
    const std::span<const From> from = all.subspan(first, to.size());
    if constexpr (std::is_same_v<To, From>)
      std::copy(from.begin(), from.end(), to.begin());
    else
      std::transform(from.begin(), from.end(), to.begin(), [](From value) { return converted<To>(value); });
  };
  switch (array.type) {
    case HostType::boolean: {
      const auto from = array.values<std::uint8_t>(what).subspan(first, to.size());
      std::transform(from.begin(), from.end(), to.begin(), [](std::uint8_t v) { return To(v != 0 ? 1 : 0); });
      return;
    }
    case HostType::u8: return convert(array.values<std::uint8_t>(what));
    case HostType::i8: return convert(array.values<std::int8_t>(what));
    case HostType::u16: return convert(array.values<std::uint16_t>(what));
    case HostType::i16: return convert(array.values<std::int16_t>(what));
    case HostType::u32: return convert(array.values<std::uint32_t>(what));
    case HostType::i32: return convert(array.values<std::int32_t>(what));
    case HostType::u64: return convert(array.values<std::uint64_t>(what));
    case HostType::i64: return convert(array.values<std::int64_t>(what));
    case HostType::f16: return convert(array.values<Half>(what));
    case HostType::f32: return convert(array.values<float>(what));
    case HostType::f64: return convert(array.values<double>(what));
    case HostType::c64:
    case HostType::c128:
    case HostType::text: break;
  }
  fail(ErrorKind::data, what, ": type is ", name_of(array.type), "; bool, an integer or a float is accepted");
}

template <class To>
std::vector<To> all_converted(const HostArray& array, std::string_view what) {
  std::vector<To> to(static_cast<std::size_t>(array.count(what)));
  convert_real(array, 0, std::span(to), what);
  return to;
}

}  // namespace

std::size_t size_of(HostType type) {
  switch (type) {
    case HostType::boolean:
    case HostType::u8:
    case HostType::i8: return 1;
    case HostType::u16:
    case HostType::i16:
    case HostType::f16: return 2;
    case HostType::u32:
    case HostType::i32:
    case HostType::f32:
    case HostType::text: return 4;
    case HostType::u64:
    case HostType::i64:
    case HostType::f64:
    case HostType::c64: return 8;
    case HostType::c128: return 16;
  }
  return 0;
}

std::string_view name_of(HostType type) {
  switch (type) {
    case HostType::boolean: return "bool";
    case HostType::u8: return "uint8";
    case HostType::i8: return "int8";
    case HostType::u16: return "uint16";
    case HostType::i16: return "int16";
    case HostType::u32: return "uint32";
    case HostType::i32: return "int32";
    case HostType::u64: return "uint64";
    case HostType::i64: return "int64";
    case HostType::f16: return "float16";
    case HostType::f32: return "float32";
    case HostType::f64: return "float64";
    case HostType::c64: return "complex64";
    case HostType::c128: return "complex128";
    case HostType::text: return "str";
  }
  return "unknown";
}

std::string host_shape_text(std::span<const std::int64_t> shape) {
  std::ostringstream text;
  text << '(';
  for (std::size_t i = 0; i < shape.size(); ++i) text << (i == 0 ? "" : ", ") << shape[i];
  text << (shape.size() == 1 ? ",)" : ")");
  return text.str();
}

std::optional<std::int64_t> checked_count(std::span<const std::int64_t> shape) {
  std::int64_t product = 1;
  bool empty = false;
  for (const std::int64_t extent : shape) {
    if (extent < 0) return std::nullopt;
    if (extent == 0) {
      empty = true;
    } else if (__builtin_mul_overflow(product, extent, &product)) {
      return std::nullopt;
    }
  }
  return empty ? 0 : product;
}

std::optional<std::int64_t> checked_bytes(HostType type, std::int64_t text_width, std::span<const std::int64_t> shape) {
  const auto count = checked_count(shape);
  if (!count || text_width < 0) return std::nullopt;
  std::int64_t bytes = static_cast<std::int64_t>(size_of(type));
  if (type == HostType::text && __builtin_mul_overflow(bytes, text_width, &bytes)) return std::nullopt;
  if (__builtin_mul_overflow(bytes, *count, &bytes)) return std::nullopt;
  return bytes;
}

std::int64_t HostArray::count(std::string_view what) const {
  require<ErrorKind::data>(shape.size() <= kMaxHostAxes, what, ": has ", shape.size(), " axes; at most ", kMaxHostAxes,
                           " are accepted");
  const auto elements = checked_count(shape);
  const auto size = checked_bytes(type, text_width, shape);
  require<ErrorKind::data>(elements && size, what, ": shape ", host_shape_text(shape),
                           " is impossible: negative or larger than ", kMaxInt64, " bytes");
  require<ErrorKind::data>(static_cast<std::uint64_t>(*size) == bytes.size(), what, ": shape ", host_shape_text(shape),
                           " of ", name_of(type), " needs ", *size, " bytes, there are ", bytes.size());
  return *elements;
}

void HostArray::check_type(HostType wanted, std::string_view what) const {
  const bool boolean_as_byte = wanted == HostType::u8 && type == HostType::boolean;
  require<ErrorKind::data>(type == wanted || boolean_as_byte, what, ": type is ", name_of(type), "; ", name_of(wanted),
                           " is accepted");
}

std::vector<float> HostArray::to_floats(std::string_view what) const { return all_converted<float>(*this, what); }
std::vector<double> HostArray::to_doubles(std::string_view what) const { return all_converted<double>(*this, what); }

void HostArray::read_doubles(std::int64_t first, std::span<double> to, std::string_view what) const {
  convert_real(*this, static_cast<std::size_t>(first), to, what);
}

std::vector<std::complex<float>> HostArray::to_complexes(std::string_view what) const {
  using Complex = std::complex<float>;
  if (type == HostType::c64) {
    const auto from = values<Complex>(what);
    return {from.begin(), from.end()};
  }
  if (type != HostType::c128) return all_converted<Complex>(*this, what);
  const auto from = values<std::complex<double>>(what);
  std::vector<Complex> to(from.size());
  std::transform(from.begin(), from.end(), to.begin(), [](std::complex<double> z) { return Complex(z); });
  return to;
}

std::vector<std::string> HostArray::to_texts(std::string_view what) const {
  check_type(HostType::text, what);
  std::vector<std::string> texts(static_cast<std::size_t>(count(what)));
  const auto width = static_cast<std::size_t>(text_width);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    std::u32string points(width, U'\0');
    if (width > 0) std::memcpy(points.data(), bytes.data() + i * width * 4, width * 4);
    while (!points.empty() && points.back() == U'\0') points.pop_back();
    const auto utf8 = to_utf8(points);
    require<ErrorKind::data>(utf8.has_value(), what, ": text ", i, " holds a code point that is not Unicode");
    texts[i] = *utf8;
  }
  return texts;
}

void copy_elements(std::byte* to, std::span<const std::int64_t> to_strides, const std::byte* from,
                   std::span<const std::int64_t> from_strides, std::span<const std::int64_t> shape,
                   std::size_t element_size) {
  if (checked_count(shape).value_or(0) == 0) return;
  if (shape.empty()) {
    std::memcpy(to, from, element_size);
    return;
  }
  const auto size = static_cast<std::int64_t>(element_size);
  const std::int64_t to_step = to_strides.back() * size, from_step = from_strides.back() * size;
  std::vector<std::int64_t> index(shape.size(), 0);
  while (true) {
    for (std::int64_t i = 0; i < shape.back(); ++i) std::memcpy(to + i * to_step, from + i * from_step, element_size);
    // The next row: the last axis but one that is not at its end moves on, those behind it start again.
    std::size_t axis = shape.size() - 1;
    for (; axis-- > 0 && index[axis] + 1 == shape[axis];) {
      to -= index[axis] * to_strides[axis] * size;
      from -= index[axis] * from_strides[axis] * size;
      index[axis] = 0;
    }
    if (axis >= shape.size()) return;  // all at their end
    ++index[axis];
    to += to_strides[axis] * size;
    from += from_strides[axis] * size;
  }
}

std::vector<std::byte> gather(std::span<const std::byte> from, std::size_t element_size,
                              std::span<const std::int64_t> shape, std::span<const std::int64_t> strides) {
  std::vector<std::byte> out(static_cast<std::size_t>(checked_count(shape).value_or(0)) * element_size);
  copy_elements(out.data(), row_major_strides(shape), from.data(), strides, shape, element_size);
  return out;
}

std::vector<std::int64_t> row_major_strides(std::span<const std::int64_t> shape) {
  std::vector<std::int64_t> strides(shape.size(), 1);
  for (std::size_t axis = shape.size(); axis-- > 1;)
    strides[axis - 1] = strides[axis] * std::max<std::int64_t>(shape[axis], 1);
  return strides;
}

std::vector<std::int64_t> column_major_strides(std::span<const std::int64_t> shape) {
  std::vector<std::int64_t> strides;
  std::int64_t step = 1;
  for (const std::int64_t extent : shape) {
    strides.push_back(step);
    step *= std::max<std::int64_t>(extent, 1);
  }
  return strides;
}

HostArray permuted(const HostArray& array, std::span<const std::size_t> order) {
  const auto count = static_cast<std::size_t>(array.count());
  const std::vector<std::int64_t> strides = row_major_strides(array.shape);
  HostArray result{array.type, {}, {}, array.text_width};
  std::vector<std::int64_t> steps;
  for (const std::size_t axis : order) {
    result.shape.push_back(array.shape[axis]);
    steps.push_back(strides[axis]);
  }
  if (count > 0) result.bytes = gather(array.bytes, array.bytes.size() / count, result.shape, steps);
  return result;
}

HostArray make_host_array(HostType type, std::vector<std::int64_t> shape, std::vector<std::byte> bytes) {
  HostArray array{type, std::move(shape), std::move(bytes), 0};
  (void)array.count();
  return array;
}

HostArray make_host_text(std::string_view utf8) {
  const auto points = from_utf8(utf8);
  require<ErrorKind::data>(points.has_value(), "text ", in_quotes(utf8), " is not UTF-8");
  // NumPy has no text of width 0, an empty one is a single zero.
  HostArray array{HostType::text, {}, {}, std::max<std::int64_t>(1, static_cast<std::int64_t>(points->size()))};
  array.bytes.resize(static_cast<std::size_t>(array.text_width) * 4);
  if (!points->empty()) std::memcpy(array.bytes.data(), points->data(), points->size() * 4);
  return array;
}

}  // namespace fno
