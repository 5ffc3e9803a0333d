#include "tools/tasks/operator/operator_data.h"

#include <algorithm>
#include <cmath>

#include "framework/error.h"
#include "tools/tasks/operator/metrics.h"

namespace fno::operators {
namespace {

std::vector<float> standardised(const std::string& path, const FieldArray& field,
                                const training::ChannelScaling& scaling) {
  const HostArray& values = field.values;
  const std::int64_t rows = values.shape[0] * values.shape[1], points = values.count() / rows;
  std::vector<float> out(static_cast<std::size_t>(rows * points));
  std::vector<double> row(static_cast<std::size_t>(points));
  for (std::int64_t r = 0; r < rows; ++r) {
    const auto c = static_cast<std::size_t>(r % values.shape[1]);
    values.read_doubles(r * points, row);
    for (std::size_t i = 0; i < row.size(); ++i) {
      const auto v = static_cast<float>((row[i] - scaling.mean[c]) / scaling.unit(c));
      require<ErrorKind::data>(std::isfinite(v), path, ": array '", field.stored.name, "': found ", row[i],
                               " in channel ", field.channels[c], " of sample ", r / values.shape[1], ", which lies ",
                               "too many deviations of the training data (", scaling.unit(c), ") from their mean ",
                               scaling.mean[c], " for float32");
      out[static_cast<std::size_t>(r * points) + i] = v;
    }
  }
  return out;
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

OperatorData without_units(const FieldPairs& pairs, const training::ChannelScaling& x,
                           const training::ChannelScaling& y) {
  OperatorData data{static_cast<const FieldShape&>(pairs)};
  data.path = pairs.path;
  data.sha256 = pairs.sha256;
  data.arrays = {pairs.x.stored, pairs.y.stored};
  data.x_channels = pairs.x.channels;
  data.y_channels = pairs.y.channels;
  data.x_scaling = x;
  data.y_scaling = y;
  data.y = standardised(pairs.path, pairs.y, y);
  data.x = standardised(pairs.path, pairs.x, x);
  if (pairs.repeats_x()) data.x = repeated(data.x, data.points() / data.grid[0], data.grid[0]);
  return data;
}

std::vector<ZeroTarget> zero_targets(const OperatorData& data) {
  std::vector<ZeroTarget> found;
  for (std::int64_t sample = 0; sample < data.samples; ++sample) {
    const std::vector<ChannelError> errors = channel_errors(data, sample, data.target(sample));
    for (std::size_t c = 0; c < errors.size(); ++c)
      if (errors[c].zero) found.push_back({sample, static_cast<std::int64_t>(c)});
  }
  return found;
}

}  // namespace fno::operators
