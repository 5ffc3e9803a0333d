#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "tools/files/array_file.h"
#include "tools/files/input_file.h"

namespace fno {

struct SafetensorsFile {
  std::vector<NamedArray> arrays;
  std::map<std::string, std::string> metadata;
};

struct SafetensorsEntry {
  std::string name;
  HostType type = HostType::f32;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0, end = 0;  ///< bytes from the beginning of the file
};

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries;  ///< in the order of their elements, ties (empty arrays) by name
  std::map<std::string, std::string> metadata;
};

/// Longest JSON header, as in the reference implementation.
inline constexpr std::uint64_t kMaxSafetensorsHeader = 100'000'000;

/// Reads a safetensors file: 8 bytes of header length, a JSON header, the elements in little-endian C order.
///
/// Checked    the header's length against the file and 100 MB; no key twice; known types (BOOL, U8 to U64, I8 to I64,
///            F16, F32, F64); sizes by multiplication that cannot overflow; the arrays cover the rest of the file
///            without gap or overlap. The format has no checksum, so changed elements are not noticed.
/// Errors     kind checkpoint, naming the path and the array; a missing file included.
/// Source     https://github.com/huggingface/safetensors, "Format".
[[nodiscard]] SafetensorsFile read_safetensors(const std::string& path);

/// The same without the elements.
[[nodiscard]] SafetensorsHeader read_safetensors_header(const std::string& path);

/// A safetensors file of which single arrays are read. The header is read and checked when it is opened.
class SafetensorsReader : public ArrayFile {
 public:
  explicit SafetensorsReader(const std::string& path);
  [[nodiscard]] const std::string& path() const noexcept override { return file_.path(); }
  [[nodiscard]] const std::vector<std::string>& names() const noexcept override { return names_; }
  [[nodiscard]] bool contains(std::string_view name) const override;
  [[nodiscard]] ArrayInfo info(std::string_view name) const override;
  [[nodiscard]] HostArray read(std::string_view name) const override;
  [[nodiscard]] HostArray read_range(std::string_view name, std::int64_t first, std::int64_t count) const override;
  [[nodiscard]] std::vector<std::byte> raw(std::string_view name) const override;
  [[nodiscard]] std::map<std::string, std::string> metadata() const override { return header_.metadata; }

 private:
  [[nodiscard]] const SafetensorsEntry& entry(std::string_view name) const;
  InputFile file_;
  SafetensorsHeader header_;
  std::vector<std::string> names_;
};

/// Writes arrays and metadata atomically; the same arguments give the same bytes. The header names the arrays in the
/// given order (metadata sorted); the elements lie by size of the type, largest first, so that all are aligned, and in
/// the given order within one size. The header is padded with spaces to a multiple of 8.
/// Errors     kind storage: not writable, full; kind checkpoint: a type the format does not have here (complex, text),
///            a name used twice, empty, "__metadata__" or not UTF-8, shape and bytes that disagree.
void write_safetensors(const std::string& path, std::span<const NamedArray> arrays,
                       const std::map<std::string, std::string>& metadata = {});

}  // namespace fno
