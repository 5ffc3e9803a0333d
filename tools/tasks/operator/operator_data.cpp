#include "tools/tasks/operator/operator_data.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "framework/error.h"
#include "tools/tasks/operator/metrics.h"

namespace fno::operators {
namespace {

// What the network sees of a field.
struct Standard {
  std::string path, array;
  std::vector<std::string> channels;
  FieldValues values;
  training::ChannelScaling scaling;
  std::int64_t times = 1;  // each channel of a sample is repeated so often

  // One sample after the other from `first` on.
  void fill(std::int64_t first, std::int64_t count, std::span<float> to) const {
    const std::int64_t fields = values.shape()[1], points = values.points();
    std::vector<double> row(static_cast<std::size_t>(points));
    float* at = to.data();
    values.for_blocks(first, first + count, [&](const FieldValues::Block& block) {
      for (std::int64_t r = 0; r < block.count * fields; ++r) {
        const auto c = static_cast<std::size_t>(r % fields);
        block.array.read_doubles(block.at + r * points, row);
        for (std::size_t i = 0; i < row.size(); ++i) {
          const auto v = static_cast<float>((row[i] - scaling.mean[c]) / scaling.unit(c));
          require<ErrorKind::data>(std::isfinite(v), path, ": array '", array, "': found ", row[i], " in channel ",
                                   channels[c], " of sample ", block.first + r / fields, ", which lies ",
                                   "too many deviations of the training data (", scaling.unit(c), ") from their mean ",
                                   scaling.mean[c], " for float32");
          at[i] = v;
        }
        for (std::int64_t t = 1; t < times; ++t) std::copy_n(at, points, at + t * points);
        at += times * points;
      }
    });
  }
};

}  // namespace

OperatorData::operator training::SampleSource() const {
  training::SampleSource source{.samples = samples,
                                .x_shape = {1, inputs},
                                .y_shape = {1, outputs},
                                .x = read_x ? training::Rows(read_x) : training::Rows(x),
                                .y = read_y ? training::Rows(read_y) : training::Rows(y)};
  for (const std::int64_t n : grid) {
    source.x_shape.push_back(n);
    source.y_shape.push_back(n);
  }
  return source;
}

std::vector<float> OperatorData::input(std::int64_t sample) const {
  std::vector<float> row(static_cast<std::size_t>(inputs * points()));
  training::SampleSource(*this).x.read(sample, row);
  return row;
}

std::vector<float> OperatorData::target(std::int64_t sample) const {
  std::vector<float> row(static_cast<std::size_t>(outputs * points()));
  training::SampleSource(*this).y.read(sample, row);
  return row;
}

OperatorData without_units(const FieldPairs& pairs, const training::ChannelScaling& x,
                           const training::ChannelScaling& y) {
  OperatorData data{static_cast<const FieldShape&>(pairs)};
  data.path = pairs.path;
  data.sha256 = pairs.sha256;
  data.arrays = {pairs.x.stored};
  if (pairs.has_targets()) data.arrays.push_back(pairs.y.stored);
  data.x_channels = pairs.x.channels;
  data.y_channels = pairs.y.channels;
  data.x_scaling = x;
  data.y_scaling = y;
  const auto see = [&](const FieldArray& field, const training::ChannelScaling& scaling, std::int64_t times,
                       std::vector<float>& held, training::Rows::Read& read) {
    auto standard = std::make_shared<const Standard>(
        Standard{pairs.path, field.stored.name, field.channels, field.values, scaling, times});
    if (field.values.is_held()) {
      held.resize(static_cast<std::size_t>(data.samples * standard->values.sample_size() * times));
      standard->fill(0, data.samples, held);
    } else {
      read = [standard](std::int64_t sample, std::span<float> to) { standard->fill(sample, 1, to); };
    }
  };
  if (pairs.has_targets()) see(pairs.y, y, 1, data.y, data.read_y);
  see(pairs.x, x, pairs.repeats_x() ? data.grid[0] : 1, data.x, data.read_x);
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
