#pragma once

#include <memory>
#include <string>

#include "tools/files/array_file.h"
#include "tools/files/array_writer.h"

namespace fno {

/// "HDF5 1.10.8"; empty where this program was built without the library. Its other functions then say so (kind data).
[[nodiscard]] std::string hdf5_version();

/// An HDF5 file: its datasets by their path without the first '/', attributes as metadata ("name", "group@name",
/// "group/dataset@name"). Integers, float16 to float64 and compounds of two floats (complex) in either byte order,
/// h5py's booleans, strings of a fixed length; contiguous, chunked, compressed by the filters of the library itself.
/// Never follows links into other files nor loads plugins. In a process of its own, see open_isolated().
/// Errors   kind data.
[[nodiscard]] std::unique_ptr<ArrayFile> open_hdf5(const std::string& path);

/// A MATLAB file of version 7.3, which is HDF5: its arrays with the axes as MATLAB shows them, first axis leading: in
/// Fortran's order, see ArrayInfo.
[[nodiscard]] std::unique_ptr<ArrayFile> open_matlab_73(const std::string& path);

/// Contiguous datasets; with `compress` in chunks of whole samples, shuffled and deflated. Complex numbers and booleans
/// as h5py has them.
[[nodiscard]] std::unique_ptr<ArrayWriter> create_hdf5(const std::string& path, bool compress);

}  // namespace fno
