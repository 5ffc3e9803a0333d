#pragma once

#include <cstddef>
#include <map>
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
  bool fortran_order = false;  ///< the first axis runs fastest in the file: reading one sample costs as much as all

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
  /// Elements first to first + count - 1 along the leading axis (samples), without loading the others. What a format
  /// checks of an array as a whole (the CRC-32 of NPZ) is checked only where all of it passes by in order.
  [[nodiscard]] virtual HostArray read_range(std::string_view name, std::int64_t first, std::int64_t count) const = 0;
  /// The bytes of the elements as the file has them, also of a type that read() refuses.
  [[nodiscard]] virtual std::vector<std::byte> raw(std::string_view name) const = 0;
  /// Texts beside the arrays, where the format has any.
  [[nodiscard]] virtual std::map<std::string, std::string> metadata() const { return {}; }
};

/// Error (kind data) for an array that a file does not have, naming those that it has.
[[noreturn]] void fail_missing(const std::string& path, std::string_view name, std::span<const std::string> names);

/// Error (kind data) unless `shape` has a leading axis that holds first to first + count - 1.
void require_range(const std::string& where, std::span<const std::int64_t> shape, std::int64_t first,
                   std::int64_t count);

}  // namespace fno
