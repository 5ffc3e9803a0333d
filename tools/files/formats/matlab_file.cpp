#include "tools/files/formats/matlab_file.h"

#include <algorithm>
#include <array>
#include <limits>
#include <matio.h>
#include <utility>

#include "framework/error.h"
#include "tools/files/formats/isolated_file.h"
#include "tools/files/formats/listed_file.h"
#include "tools/files/input_file.h"
#include "tools/files/little_endian.h"

namespace fno {
namespace {

struct KnownClass {
  matio_classes of;
  const char* name;
  std::optional<HostType> type;
};
constexpr KnownClass kClasses[] = {{MAT_C_DOUBLE, "double", HostType::f64}, {MAT_C_SINGLE, "single", HostType::f32},
                                   {MAT_C_INT8, "int8", HostType::i8},      {MAT_C_UINT8, "uint8", HostType::u8},
                                   {MAT_C_INT16, "int16", HostType::i16},   {MAT_C_UINT16, "uint16", HostType::u16},
                                   {MAT_C_INT32, "int32", HostType::i32},   {MAT_C_UINT32, "uint32", HostType::u32},
                                   {MAT_C_INT64, "int64", HostType::i64},   {MAT_C_UINT64, "uint64", HostType::u64},
                                   {MAT_C_CHAR, "char", std::nullopt},      {MAT_C_CELL, "cell", std::nullopt},
                                   {MAT_C_STRUCT, "struct", std::nullopt},  {MAT_C_SPARSE, "sparse", std::nullopt},
                                   {MAT_C_OBJECT, "object", std::nullopt},  {MAT_C_FUNCTION, "function", std::nullopt}};

ArrayInfo info_of(const matvar_t& variable, const std::string& path) {
  ArrayInfo info{variable.name == nullptr ? "" : variable.name, "unknown", std::nullopt, {}};
  const auto known = std::ranges::find(kClasses, variable.class_type, &KnownClass::of);
  if (known != std::end(kClasses)) {
    info.stored_type = known->name;
    info.type = known->type;
  }
  if (variable.isLogical != 0 && info.type == HostType::u8) info.type = HostType::boolean;
  if (variable.isComplex != 0) {
    info.stored_type = "complex " + info.stored_type;
    info.type = info.type == HostType::f64   ? std::optional(HostType::c128)
                : info.type == HostType::f32 ? std::optional(HostType::c64)
                                             : std::nullopt;
  }
  require<ErrorKind::data>(variable.rank >= 0 && static_cast<std::size_t>(variable.rank) <= kMaxHostAxes &&
                               (variable.rank == 0 || variable.dims != nullptr),
                           path, ": is damaged: an array of ", variable.rank, " axes");
  info.shape.assign(variable.dims, variable.dims + variable.rank);
  if (info.shape.size() < 2) info.type.reset();  // MATLAB has no such arrays
  // The library counts in int, also what lies behind the first axis.
  const bool countable =
      std::ranges::all_of(info.shape, [](std::int64_t n) { return n >= 0 && n <= std::numeric_limits<int>::max(); });
  const bool behind = info.shape.empty() ||
                      checked_count(std::span(info.shape).subspan(1)).value_or(-1) <= std::numeric_limits<int>::max();
  require<ErrorKind::data>(countable && behind && checked_bytes(HostType::c128, 1, info.shape).has_value(), path,
                           ": is damaged: an array of shape ", host_shape_text(info.shape));
  info.fortran_order = std::ranges::count_if(info.shape, [](std::int64_t n) { return n > 1; }) > 1;
  return info;
}

// The elements of a file lie one behind the other, each behind its type and its length: the last ends where the file
// does. The library lists the arrays of a file that was cut off as if they were there.
void check_length(const std::string& path) {
  constexpr std::uint64_t kHead = 128, kTag = 8;
  const InputFile file(path);
  std::array<std::byte, kTag> tag;
  if (file.size() < kHead) return;  // no MATLAB file, says the library
  file.read_at(kHead - kTag, tag);
  const bool swapped = tag[6] == std::byte{'M'};  // "IM" as this machine writes it, "MI" as the other
  for (std::uint64_t at = kHead; at < file.size();) {
    const std::uint64_t left = file.size() - at;
    require<ErrorKind::data>(left >= kTag, path, ": is damaged: ", left, " bytes stand behind the last array");
    file.read_at(at, tag);
    auto length = load_le<std::uint32_t>(tag.data() + 4);
    if (swapped) length = __builtin_bswap32(length);
    require<ErrorKind::data>(length <= left - kTag, path, ": is damaged: found ", left - kTag, " bytes of an array of ",
                             length, "; was it cut off?");
    at += kTag + length;
  }
}

class MatlabFile : public ListedFile {
 public:
  explicit MatlabFile(const std::string& path)
      : ListedFile(path), file_size_(InputFile(path).size()), file_(nullptr, Mat_Close) {
    check_length(path);
    Mat_LogInitFunc("fno", [](int, char*) {});
    file_.reset(Mat_Open(path.c_str(), MAT_ACC_RDONLY));
    require<ErrorKind::data>(file_ != nullptr, path, ": is damaged or no MATLAB file");
    while (matvar_t* next = Mat_VarReadNextInfo(file_.get())) {
      variables_.emplace_back(next, Mat_VarFree);
      list(info_of(*next, path));
      // To the library, all that lies behind the first axis is one axis: matio 1.5.23 reads parts of four axes wrongly.
      if (next->rank > 2) {
        const std::vector<std::int64_t>& shape = listed(names().size() - 1).shape;
        next->dims[1] = static_cast<std::size_t>(checked_count(std::span(shape).subspan(1)).value_or(0));
        next->rank = 2;
      }
    }
    require<ErrorKind::data>(!variables_.empty(), path, ": is damaged, or a MATLAB file without arrays");
  }

 protected:
  HostArray read_part(std::size_t index, std::int64_t first, std::int64_t count) const override {
    HostArray array{*listed(index).type, listed(index).shape, {}, 0};
    check_claims(index);
    array.shape[0] = count;
    const auto elements = static_cast<std::size_t>(checked_count(array.shape).value_or(0));
    const std::size_t size = size_of(array.type);
    if (elements == 0) return array;
    std::vector<std::byte> bytes(elements * size);
    void* to = bytes.data();
    int start[] = {static_cast<int>(first), 0}, stride[] = {1, 1},
        edge[] = {static_cast<int>(count), static_cast<int>(elements / static_cast<std::size_t>(count))};
    const bool complex = array.type == HostType::c64 || array.type == HostType::c128;
    std::vector<std::byte> imaginary(complex ? bytes.size() / 2 : 0);
    mat_complex_split_t split{bytes.data(), imaginary.data()};
    if (complex) to = &split;
    const int failed = Mat_VarReadData(file_.get(), variables_[index].get(), to, start, stride, edge);
    require<ErrorKind::data>(failed == 0, where(index), ": is damaged: its elements cannot be read");
    if (complex) {
      const std::vector<std::byte> real(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(imaginary.size()));
      for (std::size_t i = 0, half = size / 2; i < elements; ++i) {
        std::copy_n(real.begin() + static_cast<std::ptrdiff_t>(i * half), half,
                    bytes.begin() + static_cast<std::ptrdiff_t>(i * size));
        std::copy_n(imaginary.begin() + static_cast<std::ptrdiff_t>(i * half), half,
                    bytes.begin() + static_cast<std::ptrdiff_t>(i * size + half));
      }
    }
    array.bytes = gather(bytes, size, array.shape, column_major_strides(array.shape));
    return array;
  }

 private:
  // What an array claims, against the whole file: numbers may be stored as bytes, and these deflated. The library gives
  // zeros for what a file does not hold.
  void check_claims(std::size_t index) const {
    const ArrayInfo& info = listed(index);
    const std::int64_t ratio = variables_[index]->compression == MAT_COMPRESSION_NONE ? 8 : 8 * 1032;
    const std::int64_t bytes = checked_bytes(*info.type, 1, info.shape).value_or(0);
    const auto held = static_cast<std::int64_t>(file_size_);
    require<ErrorKind::data>(bytes / ratio <= held, where(index), ": claims shape ", host_shape_text(info.shape),
                             " of ", info.type_name(), ", the file has ", held, " bytes");
  }

  std::uint64_t file_size_;
  std::unique_ptr<mat_t, int (*)(mat_t*)> file_;
  std::vector<std::unique_ptr<matvar_t, void (*)(matvar_t*)>> variables_;
};

}  // namespace

std::string matio_version() {
  int major = 0, minor = 0, release = 0;
  Mat_GetLibraryVersion(&major, &minor, &release);
  return "matio " + std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(release);
}

std::unique_ptr<ArrayFile> open_matlab(const std::string& path) {
  return open_isolated(path, "the matio library", [](const std::string& file) -> std::unique_ptr<ArrayFile> {
    return std::make_unique<MatlabFile>(file);
  });
}

}  // namespace fno
