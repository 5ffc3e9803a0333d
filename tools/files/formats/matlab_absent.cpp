#include "framework/error.h"
#include "tools/files/formats/matlab_file.h"

namespace fno {

std::string matio_version() { return {}; }

std::unique_ptr<ArrayFile> open_matlab(const std::string& path) {
  fail(ErrorKind::data, path,
       ": is for the matio library, without which this program was built: install libmatio-dev, configure again with "
       "cmake and build");
}

}  // namespace fno
