#pragma once

#include <string>

#include "tools/files/host_array.h"
#include "tools/files/npy_format.h"

namespace fno {

/// Reads an NPY file: versions 1 to 3, either byte order, C order. Errors of kind data name the path and say what was
/// found and what is accepted; bytes after the array are an error too.
[[nodiscard]] HostArray read_npy(const std::string& path);

/// The header alone.
[[nodiscard]] NpyHeader read_npy_file_header(const std::string& path);

/// Writes what NumPy would write, atomically. Errors of kind storage; data if the array's shape and
/// bytes disagree.
void write_npy(const std::string& path, const HostArray& array);

}  // namespace fno
