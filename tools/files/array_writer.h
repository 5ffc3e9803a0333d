#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tools/files/host_array.h"

namespace fno {

/// Writes a file of arrays piece by piece, so that none need fit in memory. The file appears with finish(), whole, or
/// not at all. Errors: kind storage.
class ArrayWriter {
 public:
  virtual ~ArrayWriter() = default;
  /// The next array; the one before has got all its elements. `like` gives type, shape and text width, not elements.
  virtual void begin(const std::string& name, const HostArray& like) = 0;
  /// More elements of it, whole samples, in C order.
  virtual void append(std::span<const std::byte> elements) = 0;
  virtual void finish() = 0;
};

}  // namespace fno
