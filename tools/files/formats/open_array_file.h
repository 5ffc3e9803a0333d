#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "tools/files/array_file.h"

namespace fno {

/// A format of array files. One line in open_array_file.cpp makes it known to every command.
struct ArrayFormat {
  std::string_view name;                             ///< "npz"
  std::string_view extension;                        ///< ".npz"
  bool (*begins)(std::span<const std::byte> first);  ///< whether a file beginning so is one; needs kFormatBytes at most
  std::unique_ptr<ArrayFile> (*open)(const std::string& path);
  bool any_range;                      ///< a range of samples costs no more than its own length, in any order
  std::string (*library)() = nullptr;  ///< name and version; empty where this program was built without; null: our own
  std::string_view package = {};       ///< of Debian, which has the library
};
inline constexpr std::size_t kFormatBytes = 1024;

[[nodiscard]] std::span<const ArrayFormat> array_formats();

/// "npz, npy, hdf5 (HDF5 1.10.8)", and what is absent with the package that has it.
[[nodiscard]] std::string array_formats_text();

/// The format of a file: told by its first bytes, else by its extension; null if neither is known.
/// Errors: data, if there is no such file.
[[nodiscard]] const ArrayFormat* array_format_of(const std::string& path);

/// Opens the file as data, reading no array. Errors: data, naming the formats where it is of none, or the damage.
[[nodiscard]] std::unique_ptr<ArrayFile> open_array_file(const std::string& path);

}  // namespace fno
