#include "framework/error.h"
#include "tools/files/formats/hdf5_file.h"

namespace fno {
namespace {

[[noreturn]] void fail_absent(const std::string& path) {
  fail(ErrorKind::data, path,
       ": is for the HDF5 library, without which this program was built: install libhdf5-dev, configure again with "
       "cmake and build");
}

}  // namespace

std::string hdf5_version() { return {}; }
std::unique_ptr<ArrayFile> open_hdf5(const std::string& path) { fail_absent(path); }
std::unique_ptr<ArrayFile> open_matlab_73(const std::string& path) { fail_absent(path); }
std::unique_ptr<ArrayWriter> create_hdf5(const std::string& path, bool) { fail_absent(path); }

}  // namespace fno
