#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace fno {

/// An array as a file has it.
struct StoredArray {
  std::string name, type;  ///< type as NumPy calls it
  std::vector<std::int64_t> shape;
  std::string sha256 = {};  ///< of its elements, little-endian, in C order; empty where nobody asked for it
};

}  // namespace fno
