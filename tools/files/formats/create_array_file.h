#pragma once

#include <memory>
#include <string>

#include "tools/files/array_writer.h"

namespace fno {

/// Whether a file of this name could be written: it ends in .npz, .h5 or .hdf5, and this program has the library.
/// Errors: config, beginning with `what` (the flag that named it).
void require_writable_format(const std::string& path, const std::string& what);

/// Errors: storage, if something stands there and `replace` does not allow to replace it.
void require_replaceable(const std::string& path, bool replace);

/// Both of these checks.
void require_new_array_file(const std::string& path, const std::string& what, bool replace);

/// Creates a file of arrays in the format that its name ends in. Errors: as above; storage.
[[nodiscard]] std::unique_ptr<ArrayWriter> create_array_file(const std::string& path, const std::string& what,
                                                             bool compress);

}  // namespace fno
