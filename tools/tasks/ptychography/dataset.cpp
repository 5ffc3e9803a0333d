#include "tools/tasks/ptychography/dataset.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>
#include <utility>

#include "framework/error.h"
#include "tools/files/formats/open_array_file.h"
#include "tools/files/sha256.h"
#include "tools/tasks/ptychography/stitch.h"

namespace fno::ptychography {
namespace {

constexpr const char* kMetadata = "_metadata";
constexpr const char* kPatterns = "(n, N, N, C), C = gridsize^2";

std::string where(const std::string& path, const std::string& name) { return path + ": array '" + name + "'"; }

enum class Numbers { real, complex };

bool fits(HostType type, Numbers numbers) {
  const bool complex_type = type == HostType::c64 || type == HostType::c128;
  return numbers == Numbers::complex ? complex_type : type == HostType::f32 || type == HostType::f64;
}

/// The header of an array of that kind and rank without an empty axis. Error otherwise.
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

void require_shape(const ArrayFile& file, const std::string& name, const ArrayInfo& header,
                   const std::vector<std::int64_t>& shape) {
  require<ErrorKind::data>(header.shape == shape, where(file.path(), name), ": found shape ",
                           host_shape_text(header.shape), ", accepted: ", host_shape_text(shape),
                           ", which goes with diffraction");
}

std::string index_text(std::int64_t flat, const std::vector<std::int64_t>& shape) {
  std::vector<std::int64_t> index(shape.size());
  for (std::size_t axis = shape.size(); axis-- > 0; flat /= shape[axis]) index[axis] = flat % shape[axis];
  return host_shape_text(index);
}

bool finite(float v) { return std::isfinite(v); }
bool finite(std::complex<float> v) { return std::isfinite(v.real()) && std::isfinite(v.imag()); }

/// Reads arrays one after another and keeps their hashes.
class ArrayReader {
 public:
  ArrayReader(const ArrayFile& file, std::vector<StoredArray>& arrays) : file_(file), arrays_(arrays) {}

  std::vector<float> reals(const std::string& name) {
    const HostArray array = read(name);
    std::vector<float> values = array.to_floats(where(file_.path(), name));
    check<float>(array, name, values);
    return values;
  }
  std::vector<std::complex<float>> complexes(const std::string& name) {
    const HostArray array = read(name);
    std::vector<std::complex<float>> values = array.to_complexes(where(file_.path(), name));
    check<std::complex<float>>(array, name, values);
    return values;
  }
  /// For arrays that nobody keeps: whether any element differs from zero.
  bool any(const std::string& name) {
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

 private:
  HostArray read(const std::string& name) {
    HostArray array = file_.read(name);
    arrays_.push_back({name, std::string(name_of(array.type)), array.shape, sha256_hex(array.bytes)});
    return array;
  }
  template <class T>
  void check(const HostArray& array, const std::string& name, std::span<const T> values) const {
    const auto bad = std::ranges::find_if_not(values, [](T v) { return finite(v); });
    if (bad != values.end())
      fail(ErrorKind::data, where(file_.path(), name), ": found ", *bad, " at index ",
           index_text(bad - values.begin(), array.shape), ", accepted: finite float32 numbers");
  }

  const ArrayFile& file_;
  std::vector<StoredArray>& arrays_;
};

/// (n, points, C) to (n, C, points).
std::vector<float> channel_first(std::vector<float> values, std::int64_t n, std::int64_t points, std::int64_t C) {
  if (C == 1) return values;
  std::vector<float> out(values.size());
  auto from = values.begin();
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t p = 0; p < points; ++p)
      for (std::int64_t c = 0; c < C; ++c) out[static_cast<std::size_t>((i * C + c) * points + p)] = *from++;
  return out;
}

/// The JSON in an array of Python objects: what stands between the outermost braces of the pickle.
Metadata pickled_metadata(const ArrayFile& file) {
  Metadata none;
  none.where = file.path();
  const std::vector<std::byte> bytes = file.raw(kMetadata);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const std::size_t first = text.find('{'), last = text.rfind('}');
  if (first == std::string_view::npos || last == std::string_view::npos || last < first) return none;
  const std::string json(text.substr(first, last - first + 1));
  return Json::accept(json) ? parse_metadata(json, file.path()) : none;
}

Metadata metadata_in(const ArrayFile& file) {
  Metadata none;
  none.where = file.path();
  if (!file.contains(kMetadata)) return none;
  const ArrayInfo header = file.info(kMetadata);
  if (header.type != HostType::text) return pickled_metadata(file);
  const std::vector<std::string> texts = file.read(kMetadata).to_texts(where(file.path(), kMetadata));
  require<ErrorKind::data>(texts.size() == 1, where(file.path(), kMetadata), ": found shape ",
                           host_shape_text(header.shape), ", accepted: ()");
  return parse_metadata(texts.front(), file.path());
}

void read_objects(const ArrayFile& file, ArrayReader& reader, PtychoData& data) {
  constexpr const char *kObjects = "YY_full", *kTruth = "YY_ground_truth", *kNorm = "norm_Y_I";
  if (file.contains(kObjects)) {
    const ArrayInfo header = checked_header(file, kObjects, Numbers::complex, 4, "(images, size, size, 1)");
    const auto& shape = header.shape;
    require<ErrorKind::data>(shape[1] == shape[2] && shape[3] == 1, where(data.path, kObjects), ": found shape ",
                             host_shape_text(shape), ", accepted: (images, size, size, 1)");
    data.objects = reader.complexes(kObjects);
    data.images = static_cast<int>(shape[0]);
    data.size = static_cast<int>(shape[1]);
  }
  if (file.contains(kTruth)) {
    const ArrayInfo header = checked_header(file, kTruth, Numbers::complex, 3, "(side, side, 1)");
    require<ErrorKind::data>(header.shape[0] == header.shape[1] && header.shape[2] == 1, where(data.path, kTruth),
                             ": found shape ", host_shape_text(header.shape), ", accepted: (side, side, 1)");
    const auto side = static_cast<int>(header.shape[0]);
    data.ground_truth = ComplexImage{side, side, reader.complexes(kTruth)};
  }
  data.norm_Y_I = data.metadata.norm_Y_I;
  if (file.contains(kNorm)) {
    (void)checked_header(file, kNorm, Numbers::real, 0, "()");
    data.norm_Y_I = static_cast<double>(reader.reals(kNorm).front());
  }
  require<ErrorKind::data>(!data.norm_Y_I || *data.norm_Y_I > 0, where(data.path, kNorm), ": found ",
                           data.norm_Y_I.value_or(0), ", accepted: a number above 0");
}

}  // namespace

PtychoData read_dataset(const std::string& path) {
  const auto opened = open_array_file(path);
  const ArrayFile& file = *opened;
  PtychoData data;
  data.path = path;
  const ArrayInfo diffraction = checked_header(file, "diffraction", Numbers::real, 4, kPatterns);
  const auto& shape = diffraction.shape;
  constexpr std::int64_t kLargestSide = 1 << 15, kMostChannels = 1024;
  const auto gridsize = static_cast<std::int64_t>(std::lround(std::sqrt(static_cast<double>(shape[3]))));
  require<ErrorKind::data>(
      shape[1] == shape[2] && shape[1] <= kLargestSide && shape[3] <= kMostChannels && gridsize * gridsize == shape[3],
      where(path, "diffraction"), ": found shape ", host_shape_text(shape), ", accepted: ", kPatterns);
  data.n = shape[0];
  data.N = static_cast<int>(shape[1]);
  data.C = static_cast<int>(shape[3]);
  for (const std::string name : {"Y_I", "Y_phi"})
    require_shape(file, name, checked_header(file, name, Numbers::real, 4, kPatterns), shape);
  require_shape(file, "coords_nominal", checked_header(file, "coords_nominal", Numbers::real, 4, "(n, 1, 2, C)"),
                {data.n, 1, 2, data.C});
  require_shape(file, "probeGuess", checked_header(file, "probeGuess", Numbers::complex, 2, "(N, N)"),
                {data.N, data.N});

  data.metadata = metadata_in(file);
  ArrayReader reader(file, data.arrays);
  data.diffraction = channel_first(reader.reals("diffraction"), data.n, shape[1] * shape[2], shape[3]);
  (void)reader.any("Y_I");
  const bool phase = reader.any("Y_phi");
  if (!data.metadata.set_phi) data.metadata.set_phi = phase;
  (void)reader.any("coords_nominal");
  data.probe = reader.complexes("probeGuess");
  read_objects(file, reader, data);
  data.sha256 = sha256_hex_of_file(path);
  return data;
}

ComplexImage ground_truth(const PtychoData& data) {
  if (data.ground_truth) return *data.ground_truth;
  const auto& offset = data.metadata.outer_offset_test;
  require<ErrorKind::data>(data.images > 0 && offset && data.C == 1, data.path,
                           ": found no YY_ground_truth, accepted: it, or YY_full with metadata that say "
                           "outer_offset_test and one channel");
  const std::size_t pixels = static_cast<std::size_t>(data.size) * static_cast<std::size_t>(data.size);
  const auto first = std::span(data.objects).first(pixels);
  constexpr std::int64_t kLargestOffset = 1 << 20;
  const int offset_test = static_cast<int>(std::clamp<std::int64_t>(*offset, 0, kLargestOffset));
  return covered_part({data.size, data.size, {first.begin(), first.end()}}, {data.size, data.N, offset_test});
}

Metadata read_metadata(const std::string& path) {
  const auto opened = open_array_file(path);
  const ArrayFile& file = *opened;
  Metadata metadata = metadata_in(file);
  if (metadata.set_phi || !file.contains("Y_phi")) return metadata;
  (void)checked_header(file, "Y_phi", Numbers::real, 4, kPatterns);
  std::vector<StoredArray> ignored;
  metadata.set_phi = ArrayReader(file, ignored).any("Y_phi");
  return metadata;
}

}  // namespace fno::ptychography
