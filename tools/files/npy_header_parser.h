#pragma once

#include <string>
#include <string_view>

#include "tools/files/npy_format.h"

namespace fno {

/// Parses the dictionary of an NPY header, `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`: exactly these
/// three keys, in any order. Fills all of NpyHeader but data_offset. Errors of kind data, beginning with `where`.
[[nodiscard]] NpyHeader parse_npy_dictionary(std::string_view text, const std::string& where);

}  // namespace fno
