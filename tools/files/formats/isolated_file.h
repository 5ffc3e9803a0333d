#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "tools/files/array_file.h"

namespace fno {

/// Opens a file through a library that may break down on a damaged one, in a process of its own: where that dies, or
/// computes without an end, the file is damaged, and this program lives on. The process is a fork of this one that
/// answers requests for ranges until the ArrayFile is destroyed; reading there costs this process a copy.
/// `reader` names the library in errors. Errors (kind data) are those of the reader, or say how its process ended.
[[nodiscard]] std::unique_ptr<ArrayFile> open_isolated(
    const std::string& path, std::string_view reader, std::unique_ptr<ArrayFile> (*open_file)(const std::string& path));

}  // namespace fno
