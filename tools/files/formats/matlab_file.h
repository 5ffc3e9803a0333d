#pragma once

#include <memory>
#include <string>

#include "tools/files/array_file.h"

namespace fno {

/// "matio 1.5.23"; empty where this program was built without the library, whose files are then refused.
[[nodiscard]] std::string matio_version();

/// A MATLAB file before version 7.3: its full numeric and logical arrays with the axes as MATLAB shows them. Cells,
/// structures, texts and sparse arrays are listed, not read. In Fortran's order: a range costs a pass over the array.
/// In a process of its own, see open_isolated(). Changed elements are not noticed: the library does not look at the
/// checksums of zlib.
/// Errors   kind data.
[[nodiscard]] std::unique_ptr<ArrayFile> open_matlab(const std::string& path);

}  // namespace fno
