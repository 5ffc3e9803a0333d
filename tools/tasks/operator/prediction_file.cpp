#include "tools/tasks/operator/prediction_file.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "framework/error.h"
#include "tools/files/formats/create_array_file.h"

namespace fno::operators {
namespace {

// Whether float32 loses digits of what varies, which float32 of the network holds: beside a mean of many deviations,
// and in units that take it to the ends of its range.
bool needs_double(const training::ChannelScaling& scaling) {
  constexpr double kMost = 16, kGreatest = 1e34, kLeast = 1e-34;
  for (std::size_t c = 0; c < scaling.mean.size(); ++c) {
    const double mean = std::abs(scaling.mean[c]), deviation = scaling.deviation[c];
    if (mean > kGreatest || deviation > kGreatest ||
        (deviation > 0 && (deviation < kLeast || mean > kMost * deviation)))
      return true;
  }
  return false;
}

template <class T>
HostArray array_of(const std::vector<double>& values, std::vector<std::int64_t> shape) {
  return make_host_array(std::vector<T>(values.begin(), values.end()), std::move(shape));
}

// Positions in the domain; of a roll-out the number of the step along its first axis, from 1.
HostArray coordinates(const FieldShape& field) {
  const std::vector<std::int64_t>& grid = field.grid;
  const std::int64_t points = field.points();
  std::vector<float> values;
  std::vector<std::int64_t> shape{std::ssize(grid)};
  shape.insert(shape.end(), grid.begin(), grid.end());
  std::int64_t stride = points;
  for (std::size_t axis = 0; axis < grid.size(); ++axis) {
    const std::int64_t n = grid[axis];
    const bool counts = axis == 0 && field.history > 0;
    const auto steps = static_cast<double>(field.steps(axis));
    stride /= n;
    for (std::int64_t i = 0; i < points; ++i) {
      const std::int64_t at = i / stride % n;
      values.push_back(counts ? static_cast<float>(at + 1) : static_cast<float>(static_cast<double>(at) / steps));
    }
  }
  return make_host_array(values, shape);
}

}  // namespace

PredictionFile::PredictionFile(const training::PredictionFiles& files, const training::ModelDescription& network,
                               const FieldPairs& pairs)
    : data_(files.data),
      path_(files.output),
      scaling_(network.output),
      shape_(pairs),
      axes_(pairs.y.axes),
      grid_axes_(pairs.grid_axes),
      channels_(network.output_channels.empty() ? pairs.y.channels : network.output_channels),
      complex_(are_complex(channels_)),
      writer_(create_array_file(files.output, "--output", false)) {
  const std::int64_t fields = complex_ ? shape_.outputs / 2 : shape_.outputs;
  if (axes_.find('c') == std::string::npos && fields > 1) axes_.insert(axes_.find('n') == 0 ? 1 : 0, 1, 'c');
  in_order_ = axes_.front() == 'n';
  const bool wide = needs_double(scaling_);
  type_ = complex_ ? (wide ? HostType::c128 : HostType::c64) : wide ? HostType::f64 : HostType::f32;
  HostArray like{type_, {}, {}, 0};
  for (const char letter : axes_)
    like.shape.push_back(letter == 'n'   ? shape_.samples
                         : letter == 'c' ? fields
                                         : shape_.grid[grid_axes_.find(letter)]);
  begin("prediction", like);
}

void PredictionFile::begin(const std::string& name, const HostArray& like) {
  writer_->begin(name, like);
  arrays_.push_back({{"name", name}, {"type", std::string(name_of(like.type))}, {"shape", like.shape}});
}

// (samples, fields, n1 …) in units and type of the file.
HostArray PredictionFile::in_units(std::span<const float> answers) const {
  const auto points = static_cast<std::size_t>(shape_.points()), channels = static_cast<std::size_t>(shape_.outputs);
  const std::size_t rows = answers.size() / points;
  std::vector<double> values(answers.size());
  for (std::size_t row = 0; row < rows; ++row) {
    const std::size_t c = row % channels;
    // Of two channels that are one number the parts lie beside each other.
    const std::size_t first = complex_ ? (row - row % 2) * points + row % 2 : row * points, step = complex_ ? 2 : 1;
    for (std::size_t i = 0; i < points; ++i) {
      const auto answer = static_cast<double>(answers[row * points + i]);
      require<ErrorKind::numeric>(std::isfinite(answer), data_, ": sample ",
                                  done_ + static_cast<std::int64_t>(row / channels), ": the network answers with ",
                                  answers[row * points + i], " in channel ", channels_[c],
                                  ", accepted: finite numbers");
      values[first + i * step] = answer * scaling_.deviation[c] + scaling_.mean[c];
    }
  }
  std::vector<std::int64_t> shape{static_cast<std::int64_t>(rows / channels), shape_.outputs / (complex_ ? 2 : 1)};
  shape.insert(shape.end(), shape_.grid.begin(), shape_.grid.end());
  const bool wide = type_ == HostType::f64 || type_ == HostType::c128;
  if (complex_) shape.push_back(2);
  HostArray array = wide ? array_of<double>(values, shape) : array_of<float>(values, shape);
  if (complex_) {
    array.type = type_;
    array.shape.pop_back();
  }
  return array;
}

void PredictionFile::append(std::span<const float> answers) {
  HostArray array = in_units(answers);
  done_ += array.shape[0];
  if (in_order_)
    writer_->append(laid_out(std::move(array), axes_, grid_axes_).bytes);
  else
    gathered_.insert(gathered_.end(), array.bytes.begin(), array.bytes.end());
}

void PredictionFile::finish() {
  if (!in_order_) {
    std::vector<std::int64_t> shape{shape_.samples, shape_.outputs / (complex_ ? 2 : 1)};
    shape.insert(shape.end(), shape_.grid.begin(), shape_.grid.end());
    writer_->append(laid_out({type_, shape, std::move(gathered_), 0}, axes_, grid_axes_).bytes);
  }
  const HostArray places = coordinates(shape_);
  begin("coordinates", places);
  writer_->append(places.bytes);
  const HostArray facts =
      make_host_text(training::Json{{"axes", axes_}, {"channels", channels_}, {"grid", shape_.grid}}.dump());
  begin("metadata", facts);
  writer_->append(facts.bytes);
  writer_->finish();
}

std::string PredictionFile::text() const {
  const training::Json& prediction = arrays_.front();
  return path_ + ": prediction " + host_shape_text(prediction["shape"].get<std::vector<std::int64_t>>()) + " " +
         prediction["type"].get<std::string>() + ", axes " + axes_;
}

}  // namespace fno::operators
