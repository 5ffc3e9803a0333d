#include "tools/files/npy.h"

#include "framework/error.h"
#include "tools/files/atomic_file.h"
#include "tools/files/in_quotes.h"

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

void NpyReader::check_name(std::string_view name) const {
  require<ErrorKind::data>(contains(name), path(), ": array ", in_quotes(name),
                           " is missing; the file holds one array without a name");
}

ArrayInfo NpyReader::info(std::string_view name) const {
  check_name(name);
  FileSource source(file_);
  ArrayInfo info = info_of("", read_npy_header(source, file_.size(), path()));
  if (info.type) (void)NpyRows(std::make_unique<FileSource>(file_), file_.size(), path());  // looks at its length
  return info;
}

HostArray NpyReader::read(std::string_view name) const {
  check_name(name);
  return read_npy(path());
}

HostArray NpyReader::read_range(std::string_view name, std::int64_t first, std::int64_t count) const {
  check_name(name);
  return NpyRows(std::make_unique<FileSource>(file_), file_.size(), path()).read(first, count, file_.size());
}

std::vector<std::byte> NpyReader::raw(std::string_view name) const {
  check_name(name);
  FileSource source(file_);
  const std::uint64_t before = read_npy_header(source, file_.size(), path()).data_offset;
  std::vector<std::byte> bytes(file_.size() - before);
  file_.read_at(before, bytes);
  return bytes;
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
