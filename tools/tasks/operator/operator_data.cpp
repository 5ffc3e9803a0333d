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
  std::int64_t times = 1;   // each channel of a sample is repeated so often
  std::int64_t states = 1;  // of a sample, each a row of `values`

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
                                   channels[c], " of sample ", (block.first + r / fields) / states, ", which lies ",
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

// u; of several states u(t-2), u(t-1), u(t).
std::vector<std::string> states_of(const std::vector<std::string>& channels, std::int64_t history) {
  std::vector<std::string> names;
  for (std::int64_t back = history - 1; back >= 0; --back)
    for (const std::string& channel : channels)
      names.push_back(history == 1 ? channel : channel + (back > 0 ? "(t-" + std::to_string(back) + ")" : "(t)"));
  return names;
}

}  // namespace

training::SampleSource OperatorData::windows(std::int64_t steps) const {
  using training::Rows;
  training::SampleSource source{.samples = samples, .x_shape = {1, inputs}, .y_shape = {1, outputs * steps}};
  for (const std::int64_t n : grid) {
    source.x_shape.push_back(n);
    source.y_shape.push_back(n);
  }
  if (history == 0) {
    source.x = read_x ? Rows(read_x) : Rows(x);
    source.y = read_y ? Rows(read_y) : Rows(y);
    return source;
  }
  const std::int64_t each = windows_each(steps), size = outputs * points();
  source.samples = samples * each;
  const auto from = [&](std::int64_t state) {
    if (!read_y) return Rows(y, {.part = times * size, .windows = each, .step = size, .offset = state * size});
    return Rows([read = read_y, state, each, all = times](std::int64_t sample, std::span<float> to) {
      read(sample / each * all + sample % each + state, to);
    });
  };
  source.x = from(0);
  if (steps > 0) source.y = from(history);
  return source;
}

std::vector<float> OperatorData::input(std::int64_t sample) const {
  const training::SampleSource source = *this;
  std::vector<float> row(static_cast<std::size_t>(source.x_shape.size()));
  source.x.read(sample, row);
  return row;
}

std::vector<float> OperatorData::target(std::int64_t sample) const {
  const training::SampleSource source = *this;
  std::vector<float> row(static_cast<std::size_t>(source.y_shape.size()));
  source.y.read(sample, row);
  return row;
}

Scalings fit_scalings(const FieldPairs& pairs, std::int64_t training) {
  if (pairs.history == 0) return {fit_scaling(pairs.x.values, training), fit_scaling(pairs.y.values, training)};
  Scalings scalings{{}, fit_scaling(pairs.y.values, training * pairs.times)};
  const auto append = [](std::vector<double>& to, const std::vector<double>& from) {
    to.insert(to.end(), from.begin(), from.end());
  };
  for (std::int64_t state = 0; state < pairs.history; ++state) {
    append(scalings.x.mean, scalings.y.mean);
    append(scalings.x.deviation, scalings.y.deviation);
  }
  return scalings;
}

OperatorData without_units(const FieldPairs& pairs, const training::ChannelScaling& x,
                           const training::ChannelScaling& y) {
  OperatorData data{static_cast<const FieldShape&>(pairs)};
  data.path = pairs.path;
  data.sha256 = pairs.sha256;
  data.targets_path = pairs.targets_path;
  data.targets_sha256 = pairs.targets_sha256;
  for (const StoredArray* array : {&pairs.x.stored, &pairs.y.stored})
    if (!array->name.empty()) data.arrays.push_back(*array);
  data.x_channels = pairs.x.channels;
  data.y_channels = pairs.y.channels;
  data.x_scaling = x;
  data.y_scaling = y;
  const auto see = [&](const FieldArray& field, const training::ChannelScaling& scaling, std::int64_t times,
                       std::vector<float>& held, training::Rows::Read& read) {
    const std::int64_t rows = field.values.shape()[0], size = field.values.sample_size() * times;
    auto standard = std::make_shared<const Standard>(
        Standard{pairs.path, field.stored.name, field.channels, field.values, scaling, times, rows / data.samples});
    if (field.values.is_held()) {
      held.resize(static_cast<std::size_t>(rows * size));
      standard->fill(0, rows, held);
    } else {
      read = [standard, size](std::int64_t row, std::span<float> to) {
        standard->fill(row, std::ssize(to) / size, to);
      };
    }
  };
  if (!pairs.y.values.shape().empty()) see(pairs.y, y, 1, data.y, data.read_y);
  if (pairs.history > 0)
    data.x_channels = states_of(pairs.y.channels, pairs.history);
  else
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
