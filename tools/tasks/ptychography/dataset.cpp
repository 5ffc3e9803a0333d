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
#include "tools/files/in_quotes.h"
#include "tools/files/sha256.h"
#include "tools/report/text.h"
#include "tools/tasks/ptychography/array_reader.h"
#include "tools/tasks/ptychography/measurement_file.h"
#include "tools/tasks/ptychography/stitch.h"

namespace fno::ptychography {
namespace {

constexpr const char* kMetadata = "_metadata";
constexpr const char* kPatterns = "(n, N, N, C), C = gridsize^2";

void require_shape(const ArrayFile& file, const std::string& name, const ArrayInfo& header,
                   const std::vector<std::int64_t>& shape) {
  require<ErrorKind::data>(header.shape == shape, where(file.path(), name), ": found shape ",
                           host_shape_text(header.shape), ", accepted: ", host_shape_text(shape),
                           ", which goes with diffraction");
}

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

// The set of a simulation, which has labels and stands on a raster.
bool is_set(const ArrayFile& file) {
  return std::ranges::any_of(std::array{"Y_I", "Y_phi", "coords_nominal"},
                             [&](const char* name) { return file.contains(name); });
}

}  // namespace

std::string PtychoData::text() const {
  if (measurement) return measurement->text;
  const auto [least, greatest] = std::ranges::minmax(diffraction);
  return path + ": " + std::to_string(n) + " patterns of " + std::to_string(N) + " x " + std::to_string(N) +
         (C > 1 ? " in groups of " + std::to_string(C) : "") + ", " + arrays.front().type + ", amplitudes " +
         report::format_number(static_cast<double>(least)) + " to " +
         report::format_number(static_cast<double>(greatest)) + "; labels not used";
}

PtychoData read_dataset(const std::string& path, const MeasurementReading& reading,
                        const std::optional<ScanUnits>& units) {
  const auto opened = open_array_file(path);
  const ArrayFile& file = *opened;
  if (!is_set(file)) {
    if (is_measurement(file)) return read_measurement(file, reading, units);
    std::string found;
    for (const std::string& name : file.names()) found += (found.empty() ? "" : ", ") + in_quotes(name);
    fail(ErrorKind::data, path, ": found ", found.empty() ? "no array" : found, ", accepted: a measurement, with ",
         measurement_names(), ", or a set of fno simulate grid-lines; fno convert --array gives arrays other names");
  }
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
  ArrayReader arrays(file, data.arrays);
  data.diffraction = channel_first(arrays.reals("diffraction"), data.n, shape[1] * shape[2], shape[3]);
  (void)arrays.any("Y_I");
  const bool phase = arrays.any("Y_phi");
  if (!data.metadata.set_phi) data.metadata.set_phi = phase;
  (void)arrays.any("coords_nominal");
  data.probe = arrays.complexes("probeGuess");
  read_objects(file, arrays, data);
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
