#include "tools/tasks/operator/operator_data.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "framework/error.h"
#include "tools/files/formats/open_array_file.h"
#include "tools/files/sha256.h"
#include "tools/training/json_values.h"

namespace fno::operators {
namespace {

constexpr std::size_t kLeadingAxes = 2;  // samples, channels
constexpr std::size_t kMostAxes = kLeadingAxes + 3;

std::string where(const std::string& path, const std::string& name) { return path + ": array '" + name + "'"; }

bool is_float(HostType type) { return type == HostType::f32 || type == HostType::f64; }
bool is_complex_type(HostType type) { return type == HostType::c64 || type == HostType::c128; }

StoredArray check_header(const ArrayFile& file, const std::string& name, bool integers) {
  const std::string what = where(file.path(), name);
  require<ErrorKind::data>(file.contains(name), file.path(), ": found no array '", name, "', accepted: arrays x and y");
  const ArrayInfo header = file.info(name);
  const bool accepted = header.type && !is_complex_type(*header.type) && *header.type != HostType::text &&
                        (integers || is_float(*header.type));
  require<ErrorKind::data>(accepted, what, ": found type ", header.type_name(), ", accepted: float32, float64",
                           integers ? ", integers, bool" : "");
  const std::size_t rank = header.shape.size();
  require<ErrorKind::data>(rank > kLeadingAxes && rank <= kMostAxes, what, ": found shape ",
                           host_shape_text(header.shape),
                           ", accepted: (samples, channels, n1), (…, n1, n2) or (…, n1, n2, n3)");
  require<ErrorKind::data>(std::ranges::all_of(header.shape, [](std::int64_t n) { return n > 0; }), what,
                           ": found shape ", host_shape_text(header.shape), ", accepted: at least 1 along every axis");
  return {name, std::string(name_of(*header.type)), header.shape};
}

// Whether x must be repeated along the first grid axis of y.
bool check_together(const std::string& path, const StoredArray& x, const StoredArray& y) {
  require<ErrorKind::data>(x.shape[0] == y.shape[0], path, ": found ", x.shape[0], " samples of x and ", y.shape[0],
                           " of y, accepted: the same number");
  const bool repeat = y.shape.size() == x.shape.size() + 1;
  const auto grid = static_cast<std::ptrdiff_t>(kLeadingAxes);
  require<ErrorKind::data>(
      (repeat || y.shape.size() == x.shape.size()) &&
          std::equal(x.shape.begin() + grid, x.shape.end(), y.shape.begin() + grid + repeat, y.shape.end()),
      path, ": found x ", host_shape_text(x.shape), " and y ", host_shape_text(y.shape),
      ", accepted: the same grid, or y with one more axis in front of it");
  return repeat;
}

std::string index_text(std::int64_t flat, const std::vector<std::int64_t>& shape) {
  std::vector<std::int64_t> index(shape.size());
  for (std::size_t axis = shape.size(); axis-- > 0; flat /= shape[axis]) index[axis] = flat % shape[axis];
  return host_shape_text(index);
}

std::vector<float> read_values(const ArrayFile& file, const StoredArray& array) {
  const std::string what = where(file.path(), array.name);
  std::vector<float> values = file.read(array.name).to_floats(what);
  const auto bad = std::ranges::find_if_not(values, [](float v) { return std::isfinite(v); });
  if (bad != values.end())
    fail(ErrorKind::data, what, ": found ", training::not_finite_name(static_cast<double>(*bad)),
         array.type == "float64" ? " (as float32)" : "", " at index ", index_text(bad - values.begin(), array.shape),
         ", accepted: finite numbers");
  return values;
}

// (rows, points) to (rows, times, points).
std::vector<float> repeated(const std::vector<float>& values, std::int64_t points, std::int64_t times) {
  std::vector<float> out;
  out.reserve(values.size() * static_cast<std::size_t>(times));
  for (auto row = values.begin(); row != values.end(); row += points)
    for (std::int64_t t = 0; t < times; ++t) out.insert(out.end(), row, row + points);
  return out;
}

std::span<const float> sample_of(const std::vector<float>& values, std::int64_t sample, std::int64_t size) {
  return std::span(values).subspan(static_cast<std::size_t>(sample * size), static_cast<std::size_t>(size));
}

}  // namespace

std::int64_t OperatorData::points() const {
  std::int64_t n = 1;
  for (const std::int64_t extent : grid) n *= extent;
  return n;
}

OperatorData::operator training::SampleSource() const {
  training::SampleSource source{.samples = samples, .x_shape = {1, inputs}, .y_shape = {1, outputs}, .x = x, .y = y};
  for (const std::int64_t n : grid) {
    source.x_shape.push_back(n);
    source.y_shape.push_back(n);
  }
  return source;
}

std::span<const float> OperatorData::input(std::int64_t sample) const {
  return sample_of(x, sample, inputs * points());
}

std::span<const float> OperatorData::target(std::int64_t sample) const {
  return sample_of(y, sample, outputs * points());
}

OperatorData read_operator_data(const std::string& path) {
  const auto opened = open_array_file(path);
  const ArrayFile& file = *opened;
  OperatorData data;
  data.path = path;
  const StoredArray x = check_header(file, "x", true), y = check_header(file, "y", false);
  const bool repeat = check_together(path, x, y);
  data.arrays = {x, y};
  data.samples = y.shape[0];
  data.inputs = x.shape[1];
  data.outputs = y.shape[1];
  data.grid.assign(y.shape.begin() + static_cast<std::ptrdiff_t>(kLeadingAxes), y.shape.end());
  data.y = read_values(file, y);
  data.x = read_values(file, x);
  if (repeat) data.x = repeated(data.x, data.points() / data.grid[0], data.grid[0]);
  data.sha256 = sha256_hex_of_file(path);
  return data;
}

void require_channels(const OperatorData& data, std::int64_t inputs, std::int64_t outputs, int dims,
                      const std::string& whose) {
  require<ErrorKind::data>(data.inputs == inputs && data.outputs == outputs && data.dims() == dims, data.path,
                           ": found ", data.inputs, " input and ", data.outputs, " output channels in ", data.dims(),
                           " dimensions, accepted: ", inputs, " and ", outputs, " in ", dims, ", as ", whose, " has");
}

ChannelScaling fit_scaling(std::span<const float> values, std::int64_t samples, std::int64_t channels,
                           std::int64_t points) {
  ChannelScaling scaling;
  const auto over_channel = [&](std::int64_t channel, auto&& f) {
    double sum = 0;
    for (std::int64_t s = 0; s < samples; ++s)
      for (const float v : values.subspan(static_cast<std::size_t>((s * channels + channel) * points),
                                          static_cast<std::size_t>(points)))
        sum += f(static_cast<double>(v));
    return sum / (static_cast<double>(samples) * static_cast<double>(points));
  };
  for (std::int64_t channel = 0; channel < channels; ++channel) {
    const double mean = over_channel(channel, [](double v) { return v; });
    const double variance = over_channel(channel, [mean](double v) { return (v - mean) * (v - mean); });
    const auto deviation = static_cast<float>(std::sqrt(variance));
    scaling.mean.push_back(static_cast<float>(mean));
    // A subnormal deviation has no finite inverse.
    scaling.deviation.push_back(std::isnormal(deviation) ? deviation : 1.f);
  }
  return scaling;
}

}  // namespace fno::operators
