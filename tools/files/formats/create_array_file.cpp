#include "tools/files/formats/create_array_file.h"

#include <filesystem>

#include "framework/error.h"
#include "tools/files/formats/hdf5_file.h"
#include "tools/files/in_quotes.h"
#include "tools/files/npz.h"

namespace fno {
namespace {

bool is_npz(const std::string& path) { return std::filesystem::path(path).extension() == ".npz"; }

}  // namespace

void require_writable_format(const std::string& path, const std::string& what) {
  const std::filesystem::path extension = std::filesystem::path(path).extension();
  require<ErrorKind::config>(is_npz(path) || extension == ".h5" || extension == ".hdf5", what, ": found ",
                             in_quotes(path), ", accepted: a name that ends in .npz, .h5 or .hdf5");
  require<ErrorKind::config>(is_npz(path) || !hdf5_version().empty(), what, ": found ", in_quotes(path),
                             ", accepted by this program, which was built without HDF5 (libhdf5-dev): .npz");
}

void require_replaceable(const std::string& path, bool replace) {
  std::error_code ignored;
  require<ErrorKind::storage>(replace || !std::filesystem::exists(std::filesystem::symlink_status(path, ignored)), path,
                              ": exists already, accepted: another name, or --force to replace it");
}

void require_new_array_file(const std::string& path, const std::string& what, bool replace) {
  require_writable_format(path, what);
  require_replaceable(path, replace);
}

std::unique_ptr<ArrayWriter> create_array_file(const std::string& path, const std::string& what, bool compress) {
  require_writable_format(path, what);
  return is_npz(path) ? create_npz(path, compress) : create_hdf5(path, compress);
}

}  // namespace fno
