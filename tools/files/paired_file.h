#pragma once

#include <memory>

#include "tools/files/array_file.h"

namespace fno {

/// Two files as one: the array `x` of the first, or its only one, and `y` of the second likewise, under these names.
/// Its path names both. Errors: data, where a file has neither.
[[nodiscard]] std::unique_ptr<ArrayFile> paired(std::unique_ptr<ArrayFile> x_file, const std::string& x,
                                                std::unique_ptr<ArrayFile> y_file, const std::string& y);

}  // namespace fno
