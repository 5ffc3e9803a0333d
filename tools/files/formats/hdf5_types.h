#pragma once

#include <optional>
#include <string>

#include "tools/files/formats/hdf5_handle.h"
#include "tools/files/host_array.h"

namespace fno {

/// A type of HDF5 in ours.
struct Hdf5Type {
  std::string name;              ///< in words, also where it cannot be read
  std::optional<HostType> type;  ///< empty where it cannot be read
  std::size_t size = 0;          ///< bytes of an element in the file
  Hdf5Handle memory;             ///< what to read it as: little-endian elements of `type`, texts as the file has them
};

[[nodiscard]] Hdf5Type hdf5_type_of(hid_t stored);

/// The type to write elements as: complex numbers as h5py has them, {r, i}, booleans as {FALSE, TRUE}, text as UTF-8 of
/// `text_bytes` bytes.
[[nodiscard]] Hdf5Handle hdf5_type_for(HostType type, std::size_t text_bytes);

}  // namespace fno
