#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/files/host_array.h"

namespace fno {

/// What a file says about an array before its elements are read.
struct ArrayInfo {
  std::string name;
  std::string stored_type;       ///< as the format writes it: "<f4", "|O", "F32"
  std::optional<HostType> type;  ///< empty for a type that cannot be read here, for example Python objects
  std::vector<std::int64_t> shape;
  bool fortran_order = false;  ///< the first axis runs fastest in the file

  /// "float32", or the stored type where it cannot be read.
  [[nodiscard]] std::string type_name() const { return type ? std::string(name_of(*type)) : stored_type; }
};

/// A file of named arrays, whatever its format. Damage is found, never passed on; what a file claims is checked
/// before memory is asked for.
/// Errors   of the members: kind data (safetensors: checkpoint), naming the file and the array.
/// Threads  const members may run at the same time.
class ArrayFile {
 public:
  virtual ~ArrayFile() = default;
  [[nodiscard]] virtual const std::string& path() const noexcept = 0;
  /// Names in the order of the file, also of arrays that cannot be read.
  [[nodiscard]] virtual const std::vector<std::string>& names() const noexcept = 0;
  [[nodiscard]] virtual bool contains(std::string_view name) const = 0;
  /// Type and shape, without reading the elements.
  [[nodiscard]] virtual ArrayInfo info(std::string_view name) const = 0;
  /// The array, in C order and the byte order of this machine.
  [[nodiscard]] virtual HostArray read(std::string_view name) const = 0;
  /// The bytes of the elements as the file has them, also of a type that read() refuses.
  [[nodiscard]] virtual std::vector<std::byte> raw(std::string_view name) const = 0;
  /// Texts beside the arrays, where the format has any.
  [[nodiscard]] virtual std::map<std::string, std::string> metadata() const { return {}; }
};

/// A format of array files. One line in array_file.cpp makes it known to every command.
struct ArrayFormat {
  std::string_view name;                             ///< "npz"
  std::string_view extension;                        ///< ".npz"
  bool (*begins)(std::span<const std::byte> first);  ///< whether a file beginning so is one; needs kFormatBytes at most
  std::unique_ptr<ArrayFile> (*open)(const std::string& path);
};
inline constexpr std::size_t kFormatBytes = 16;

[[nodiscard]] std::span<const ArrayFormat> array_formats();

/// The format of a file: told by its first bytes, else by its extension; null if neither is known.
/// Errors: data, if there is no such file.
[[nodiscard]] const ArrayFormat* array_format_of(const std::string& path);

/// Opens the file as data, reading no array. Errors: data, naming the formats where it is of none, or the damage.
[[nodiscard]] std::unique_ptr<ArrayFile> open_array_file(const std::string& path);

}  // namespace fno
