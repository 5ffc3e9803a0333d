#pragma once

#include <hdf5.h>
#include <map>
#include <string>

namespace fno {

/// Adds the attributes of an object that are strings or numbers, few of them, as texts under `prefix` + name.
void add_hdf5_attributes(hid_t object, const std::string& prefix, std::map<std::string, std::string>& texts);

}  // namespace fno
