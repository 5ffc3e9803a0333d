// Writes NPZ files by the format's description alone, so that the reader is tested against something else than the
// program's own writer, and so that files can be wrong on purpose.
#include "tests/tools/cli/array_files.h"

#include <cmath>
#include <cstring>
#include <zlib.h>

#include "tests/tools/cli/program.h"

namespace fno::test {
namespace {

void add_number(std::string& bytes, std::uint64_t number, int width) {
  for (int i = 0; i < width; ++i) bytes += static_cast<char>(number >> (8 * i) & 0xFF);
}

// What the local header and the directory say alike: version to name length.
std::string zip_facts(const std::string& name, const std::string& data) {
  std::string facts;
  add_number(facts, 20, 2);    // version needed
  add_number(facts, 0, 2);     // flags
  add_number(facts, 0, 2);     // stored
  add_number(facts, 0, 2);     // time
  add_number(facts, 0x21, 2);  // 1 January 1980
  const auto* start = reinterpret_cast<const Bytef*>(data.data());
  add_number(facts, ::crc32(0, start, static_cast<uInt>(data.size())), 4);
  add_number(facts, data.size(), 4);
  add_number(facts, data.size(), 4);
  add_number(facts, name.size(), 2);
  add_number(facts, 0, 2);  // extra field
  return facts;
}

std::vector<float> smooth_values(const Extents& shape, double phase) {
  std::int64_t count = 1;
  for (const std::int64_t n : shape) count *= n;
  std::vector<float> values;
  for (std::int64_t i = 0; i < count; ++i)
    values.push_back(
        static_cast<float>(std::sin(0.37 * static_cast<double>(i) + phase) + 0.01 * static_cast<double>(i % 7)));
  return values;
}

std::string float_npy(const Extents& shape, const std::vector<float>& values) {
  return npy("'<f4'", shape, {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)});
}

}  // namespace

std::string npy(const std::string& descr, const Extents& shape, const std::string& data) {
  std::string header = "{'descr': " + descr + ", 'fortran_order': False, 'shape': (";
  for (const std::int64_t n : shape) header += std::to_string(n) + ",";
  header += "), }";
  constexpr std::size_t kAlignment = 64, kPreamble = 10;
  while ((kPreamble + header.size() + 1) % kAlignment != 0) header += ' ';
  header += '\n';
  std::string bytes("\x93NUMPY\x01\x00", 8);
  add_number(bytes, header.size(), 2);
  return bytes + header + data;
}

std::string smooth_npy(const Extents& shape, double phase) { return float_npy(shape, smooth_values(shape, phase)); }

std::string spoilt_npy(const Extents& shape, std::size_t at, float value) {
  std::vector<float> values = smooth_values(shape, 0);
  values.at(at) = value;
  return float_npy(shape, values);
}

void write_zip(const std::string& path, const std::vector<std::pair<std::string, std::string>>& members) {
  std::string file, directory;
  for (const auto& [name, data] : members) {
    const std::size_t at = file.size();
    const std::string facts = zip_facts(name, data);
    file += "PK\x03\x04" + facts + name + data;
    directory += "PK\x01\x02";
    add_number(directory, 20, 2);  // version made by
    directory += facts;
    add_number(directory, 0, 2);  // comment
    add_number(directory, 0, 2);  // disk
    add_number(directory, 0, 2);  // internal attributes
    add_number(directory, 0, 4);  // external attributes
    add_number(directory, at, 4);
    directory += name;
  }
  const std::size_t at = file.size();
  file += directory + "PK\x05\x06";
  add_number(file, 0, 4);  // disks
  add_number(file, members.size(), 2);
  add_number(file, members.size(), 2);
  add_number(file, directory.size(), 4);
  add_number(file, at, 4);
  add_number(file, 0, 2);  // comment
  put_text(path, file);
}

void write_set(const std::string& path, const std::string& x, const std::string& y) {
  write_zip(path, {{"x.npy", x}, {"y.npy", y}});
}

void write_pairs(const std::string& path, std::int64_t samples, std::int64_t n) {
  write_set(path, smooth_npy({samples, 1, n, n}), smooth_npy({samples, 1, n, n}, 0.5));
}

}  // namespace fno::test
