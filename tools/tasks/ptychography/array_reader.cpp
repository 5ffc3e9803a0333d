#include "tools/tasks/ptychography/array_reader.h"

#include <algorithm>

#include "tools/files/sha256.h"

namespace fno::ptychography {
namespace {

bool fits(HostType type, Numbers numbers) {
  const bool complex_type = type == HostType::c64 || type == HostType::c128;
  return numbers == Numbers::complex ? complex_type : type == HostType::f32 || type == HostType::f64;
}

bool finite(float v) { return std::isfinite(v); }
bool finite(std::complex<float> v) { return std::isfinite(v.real()) && std::isfinite(v.imag()); }

}  // namespace

std::string where(const std::string& path, const std::string& name) { return path + ": array '" + name + "'"; }

std::string index_text(std::int64_t flat, std::span<const std::int64_t> shape) {
  std::vector<std::int64_t> index(shape.size());
  for (std::size_t axis = shape.size(); axis-- > 0; flat /= shape[axis]) index[axis] = flat % shape[axis];
  return host_shape_text(index);
}

ArrayInfo checked_header(const ArrayFile& file, const std::string& name, Numbers numbers, std::size_t rank,
                         const char* accepted) {
  const std::string what = where(file.path(), name);
  require<ErrorKind::data>(file.contains(name), file.path(), ": found no array '", name,
                           "', accepted: diffraction, Y_I, Y_phi, coords_nominal and probeGuess");
  ArrayInfo header = file.info(name);
  require<ErrorKind::data>(header.type && fits(*header.type, numbers), what, ": found type ", header.type_name(),
                           ", accepted: ", numbers == Numbers::real ? "float32, float64" : "complex64, complex128");
  require<ErrorKind::data>(
      header.shape.size() == rank && std::ranges::all_of(header.shape, [](std::int64_t e) { return e > 0; }), what,
      ": found shape ", host_shape_text(header.shape), ", accepted: ", accepted);
  return header;
}

HostArray ArrayReader::read(const std::string& name) {
  HostArray array = file_.read(name);
  arrays_.push_back({name, std::string(name_of(array.type)), array.shape, sha256_hex(array.bytes)});
  return array;
}

template <class T>
void ArrayReader::check(const HostArray& array, const std::string& name, std::span<const T> values) const {
  const auto bad = std::ranges::find_if_not(values, [](T v) { return finite(v); });
  if (bad != values.end())
    fail(ErrorKind::data, where(file_.path(), name), ": found ", *bad, " at index ",
         index_text(bad - values.begin(), array.shape), ", accepted: finite float32 numbers");
}

std::vector<float> ArrayReader::reals(const std::string& name) {
  const HostArray array = read(name);
  std::vector<float> values = array.to_floats(where(file_.path(), name));
  check<float>(array, name, values);
  return values;
}

std::vector<std::complex<float>> ArrayReader::complexes(const std::string& name) {
  const HostArray array = read(name);
  std::vector<std::complex<float>> values = array.to_complexes(where(file_.path(), name));
  check<std::complex<float>>(array, name, values);
  return values;
}

bool ArrayReader::any(const std::string& name) {
  const HostArray array = read(name);
  const auto differs = [](float v) { return v != 0; };
  if (array.type == HostType::f32) {
    const std::span<const float> values = array.values<float>();
    check<float>(array, name, values);
    return std::ranges::any_of(values, differs);
  }
  const std::vector<float> values = array.to_floats(where(file_.path(), name));
  check<float>(array, name, values);
  return std::ranges::any_of(values, differs);
}

}  // namespace fno::ptychography
