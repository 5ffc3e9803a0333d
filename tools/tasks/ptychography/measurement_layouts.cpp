#include "tools/tasks/ptychography/measurement_layouts.h"

#include <algorithm>

namespace fno::ptychography {
namespace {

constexpr double kPlanckTimesLight = 1.98644586e-25, kJoulesOfKeV = 1.602176634e-16;  // J·m; J

const std::vector<std::string>& names_for(Role role) {
  static const std::vector<std::string> names[] = {
      {"diffraction", "diff3d", "raw_data/diffraction", "entry_1/data_1/data", "entry_1/instrument_1/detector_1/data"},
      {"probeGuess", "probe", "raw_data/probeGuess", "entry_1/instrument_1/source_1/illumination",
       "entry_1/instrument_1/source_1/probe"},
      {"xcoords", "raw_data/xcoords"},
      {"ycoords", "raw_data/ycoords"},
      {"mask", "entry_1/instrument_1/detector_1/mask"},
      {"objectGuess", "raw_data/objectGuess"}};
  return names[static_cast<std::size_t>(role)];
}

constexpr const char *kTranslation = "entry_1/sample_1/geometry_1/translation",
                     *kTranslationOfData = "entry_1/data_1/translation";

std::optional<std::string> translation_of(const ArrayFile& file) {
  for (const char* name : {kTranslation, kTranslationOfData})
    if (file.contains(name)) return name;
  return std::nullopt;
}

// "chunks/3/" for every chunk of a .ptyd file that has data, by number.
std::vector<std::string> chunks_of(const ArrayFile& file) {
  std::vector<std::pair<long, std::string>> found;
  constexpr std::string_view kChunks = "chunks/", kData = "/data";
  for (const std::string& name : file.names()) {
    if (!name.starts_with(kChunks) || !name.ends_with(kData)) continue;
    const std::string number = name.substr(kChunks.size(), name.size() - kChunks.size() - kData.size());
    constexpr std::size_t kMostDigits = 9;
    if (number.empty() || number.size() > kMostDigits || number.find_first_not_of("0123456789") != std::string::npos)
      continue;
    found.emplace_back(std::stol(number), name.substr(0, name.size() - kData.size() + 1));
  }
  std::ranges::sort(found);
  std::vector<std::string> chunks;
  for (auto& [number, chunk] : found) chunks.push_back(std::move(chunk));
  return chunks;
}

bool is_real(const ArrayInfo& header) {
  return header.type && *header.type != HostType::c64 && *header.type != HostType::c128 &&
         *header.type != HostType::text;
}

// A number of the file's own description, if it is one: of several the first.
std::optional<double> number(const ArrayFile& file, const std::string& name) {
  if (!file.contains(name)) return std::nullopt;
  const ArrayInfo header = file.info(name);
  constexpr std::int64_t kFew = 3;
  if (!is_real(header) || checked_count(header.shape).value_or(0) < 1 || checked_count(header.shape).value_or(0) > kFew)
    return std::nullopt;
  const double value = file.read(name).to_doubles(where(file.path(), name)).front();
  return std::isfinite(value) && value > 0 ? std::optional(value) : std::nullopt;
}

std::vector<double> finite_doubles(ArrayReader& reader, const std::string& name) {
  const std::string what = where(reader.file().path(), name);
  require<ErrorKind::data>(is_real(reader.file().info(name)), what, ": found type ",
                           reader.file().info(name).type_name(), ", accepted: real numbers");
  const HostArray array = reader.read(name);
  std::vector<double> values = array.to_doubles(what);
  const auto bad = std::ranges::find_if_not(values, [](double v) { return std::isfinite(v); });
  if (bad != values.end())
    fail(ErrorKind::data, what, ": found ", *bad, " at index ", index_text(bad - values.begin(), array.shape),
         ", accepted: finite numbers");
  return values;
}

HostArray read_patterns(ArrayReader& reader, const std::string& name) {
  const ArrayInfo header = reader.file().info(name);
  require<ErrorKind::data>(is_real(header), where(reader.file().path(), name), ": found type ", header.type_name(),
                           ", accepted: integers, float16, float32, float64");
  return reader.read(name);
}

// Side of an object pixel in the far field: λ·distance / (N·side of a detector pixel).
std::optional<double> object_pixel(std::optional<double> wavelength, std::optional<double> distance,
                                   std::optional<double> detector_pixel, const HostArray& patterns) {
  if (!wavelength || !distance || !detector_pixel || patterns.shape.empty() || patterns.shape.back() < 1)
    return std::nullopt;
  return *wavelength * *distance / (static_cast<double>(patterns.shape.back()) * *detector_pixel);
}

RawMeasurement read_ptyd(ArrayReader& reader, const std::vector<std::string>& chunks) {
  const ArrayFile& file = reader.file();
  RawMeasurement raw{.metres = true, .ones_are_good = true, .layout = "PtyPy"};
  std::vector<std::byte> weights;
  for (const std::string& chunk : chunks) {
    const std::string data = chunk + "data", positions = chunk + "positions", mask = chunk + "weights";
    HostArray part = read_patterns(reader, data);
    require<ErrorKind::data>(part.shape.size() == 3, where(file.path(), data), ": found shape ",
                             host_shape_text(part.shape), ", accepted: (n, N, N)");
    require<ErrorKind::data>(file.contains(positions), file.path(), ": found no array '", positions,
                             "', accepted: the positions of ", data);
    require<ErrorKind::data>(file.info(positions).shape == std::vector<std::int64_t>{part.shape[0], 2},
                             where(file.path(), positions), ": found shape ",
                             host_shape_text(file.info(positions).shape), ", accepted: (", part.shape[0],
                             ", 2), which goes with ", data);
    const std::vector<double> places = finite_doubles(reader, positions);
    for (std::size_t i = 0; i + 1 < places.size(); i += 2) {
      raw.y.push_back(places[i]);
      raw.x.push_back(places[i + 1]);
    }
    if (file.contains(mask) && checked_count(file.info(mask).shape).value_or(0) > 0) {
      HostArray part_mask = read_patterns(reader, mask);
      require<ErrorKind::data>(part_mask.shape == part.shape, where(file.path(), mask), ": found shape ",
                               host_shape_text(part_mask.shape), ", accepted: ", host_shape_text(part.shape),
                               ", which goes with ", data);
      raw.mask_name = mask;
      if (!raw.mask) {
        raw.mask = std::move(part_mask);
      } else {
        require<ErrorKind::data>(raw.mask->type == part_mask.type, where(file.path(), mask),
                                 ": found another type than in the chunks before, accepted: one type");
        raw.mask->bytes.insert(raw.mask->bytes.end(), part_mask.bytes.begin(), part_mask.bytes.end());
        raw.mask->shape[0] += part_mask.shape[0];
      }
    }
    if (raw.patterns_name.empty()) {
      raw.patterns_name = data;
      raw.patterns = std::move(part);
      continue;
    }
    require<ErrorKind::data>(raw.patterns.type == part.type && raw.patterns.shape[1] == part.shape[1] &&
                                 raw.patterns.shape[2] == part.shape[2],
                             where(file.path(), data), ": found ", name_of(part.type), " ", host_shape_text(part.shape),
                             ", accepted: type and sides of ", raw.patterns_name);
    raw.patterns.bytes.insert(raw.patterns.bytes.end(), part.bytes.begin(), part.bytes.end());
    raw.patterns.shape[0] += part.shape[0];
  }
  require<ErrorKind::data>(!raw.mask || raw.mask->shape == raw.patterns.shape, file.path(),
                           ": found weights in some chunks only, accepted: weights of all patterns, or of none");
  const std::optional<double> energy = number(file, "meta/energy");
  raw.pixel_size = object_pixel(energy ? std::optional(kPlanckTimesLight / (*energy * kJoulesOfKeV)) : std::nullopt,
                                number(file, "meta/distance"), number(file, "meta/psize"), raw.patterns);
  return raw;
}

RawMeasurement read_cxi(ArrayReader& reader, const std::string& translation) {
  const ArrayFile& file = reader.file();
  RawMeasurement raw{.metres = true, .ones_are_good = false, .layout = "CXI"};
  raw.patterns_name = name_in(file, Role::diffraction).value();
  raw.patterns = read_patterns(reader, raw.patterns_name);
  const std::vector<std::int64_t> shape = file.info(translation).shape;
  constexpr std::int64_t kAxes = 3;
  const bool rows = shape.size() == 2 && shape[1] == kAxes, columns = shape.size() == 2 && shape[0] == kAxes && !rows;
  require<ErrorKind::data>(rows || columns, where(file.path(), translation), ": found shape ", host_shape_text(shape),
                           ", accepted: (n, 3)");
  const std::vector<double> places = finite_doubles(reader, translation);
  const auto n = static_cast<std::size_t>(rows ? shape[0] : shape[1]);
  for (std::size_t i = 0; i < n; ++i) {  // the sample moves, so the beam moves the other way
    raw.x.push_back(-places[rows ? i * kAxes : i]);
    raw.y.push_back(-places[rows ? i * kAxes + 1 : n + i]);
  }
  const std::string source = "entry_1/instrument_1/source_1/", detector = "entry_1/instrument_1/detector_1/";
  std::optional<double> wavelength = number(file, source + "wavelength");
  if (const auto energy = number(file, source + "energy"); !wavelength && energy)
    wavelength = kPlanckTimesLight / *energy;
  raw.pixel_size = object_pixel(wavelength, number(file, detector + "distance"),
                                number(file, detector + "x_pixel_size"), raw.patterns);
  return raw;
}

}  // namespace

std::optional<std::string> name_in(const ArrayFile& file, Role role) {
  for (const std::string& name : names_for(role))
    if (file.contains(name)) return name;
  return std::nullopt;
}

std::string names_of_role(Role role) {
  std::string text;
  for (const std::string& name : names_for(role)) text += (text.empty() ? "" : " or ") + name;
  return text;
}

bool has_measurement(const ArrayFile& file) {
  if (!chunks_of(file).empty()) return true;
  return name_in(file, Role::diffraction) && (name_in(file, Role::x) || translation_of(file));
}

RawMeasurement read_raw(ArrayReader& reader) {
  const ArrayFile& file = reader.file();
  RawMeasurement raw;
  if (const auto chunks = chunks_of(file); !chunks.empty()) {
    raw = read_ptyd(reader, chunks);
  } else if (const auto translation = translation_of(file); translation && !name_in(file, Role::x)) {
    raw = read_cxi(reader, *translation);
  } else {
    raw.patterns_name = name_in(file, Role::diffraction).value();
    const std::string x = name_in(file, Role::x).value();
    const std::optional<std::string> y = name_in(file, Role::y);
    require<ErrorKind::data>(y.has_value(), file.path(), ": found '", x,
                             "' without its rows, accepted: ", names_of_role(Role::y));
    raw.patterns = read_patterns(reader, raw.patterns_name);
    raw.x = finite_doubles(reader, x);
    raw.y = finite_doubles(reader, *y);
    require<ErrorKind::data>(raw.x.size() == raw.y.size(), file.path(), ": found ", raw.x.size(), " of ", x, " and ",
                             raw.y.size(), " of ", *y, ", accepted: as many");
  }
  if (const auto mask = name_in(file, Role::mask); mask && !raw.mask) {
    raw.mask_name = *mask;
    raw.mask = read_patterns(reader, *mask);
  }
  return raw;
}

}  // namespace fno::ptychography
