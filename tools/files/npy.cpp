#include "tools/files/npy.h"

#include "tools/files/atomic_file.h"

namespace fno {

HostArray read_npy(const std::string& path) {
  const InputFile file(path);
  FileSource source(file);
  return read_npy_array(source, file.size(), file.size(), path);
}

NpyHeader read_npy_file_header(const std::string& path) {
  const InputFile file(path);
  FileSource source(file);
  return read_npy_header(source, file.size(), path);
}

void write_npy(const std::string& path, const HostArray& array) {
  (void)array.count(path);
  const std::string preamble = npy_preamble(array);
  AtomicFile file(path);
  file.write(std::as_bytes(std::span(preamble)));
  file.write(array.bytes);
  file.commit();
}

}  // namespace fno
