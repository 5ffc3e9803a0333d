#include "tools/tasks/operator/metrics.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>

#include "framework/ops/loss.h"
#include "tools/report/text.h"

namespace fno::operators {
namespace {

constexpr double kLossFloor = 0.1;  // of a field of deviation 1, added to the divisor of relative losses
constexpr double kBetter = 0.99;    // an error below this part of the trivial one beats it
constexpr std::size_t kShown = 8;   // channels shown one by one in tables

// The number of values of a sample, or of one channel of it.
double values_of(const Var& t, int first_axis) {
  std::int64_t n = 1;
  for (int axis = first_axis; axis < t.shape().rank(); ++axis) n *= t.shape(axis);
  return static_cast<double>(n);
}

// Σ over the grid of the squares of the periodic central differences (u[i+1]-u[i-1])·n/2 along every axis.
double slope_squares(std::span<const double> u, const std::vector<std::int64_t>& grid) {
  double sum = 0;
  std::size_t stride = 1;
  for (std::size_t axis = grid.size(); axis-- > 0;) {
    const auto n = static_cast<std::size_t>(grid[axis]);
    for (std::size_t i = 0; i < u.size(); ++i) {
      const std::size_t at = i / stride % n, start = i - at * stride;
      const double ahead = u[start + (at + 1) % n * stride], behind = u[start + (at + n - 1) % n * stride];
      const double slope = (ahead - behind) * static_cast<double>(n) / 2;
      sum += slope * slope;
    }
    stride *= n;
  }
  return sum;
}

void put(training::Json& json, const char* key, const std::optional<double>& value) {
  if (value)
    training::put_number(json, key, *value);
  else
    json[key] = nullptr;
}

constexpr Loss kLosses[] = {
    {"relative_l2",
     [](const Var& p, const Var& t) { return relative_l2(p, t, kLossFloor * std::sqrt(values_of(t, 1))); }},
    {"h1", [](const Var& p, const Var& t) { return relative_h1(p, t, kLossFloor * std::sqrt(values_of(t, 2))); }},
    {"mae", mae},
};

}  // namespace

std::span<const Loss> losses() { return kLosses; }

training::LossFunction loss_function(std::string_view name) {
  const auto* found = std::ranges::find(kLosses, name, &Loss::name);
  require<ErrorKind::config>(found != std::end(kLosses), "loss: found ", name);
  return found->op;
}

std::vector<ChannelError> channel_errors(const OperatorData& data, std::int64_t sample,
                                         std::span<const float> prediction) {
  const training::ChannelScaling& scaling = data.y_scaling;
  const auto points = static_cast<std::size_t>(data.points());
  const std::vector<float> target = data.target(sample);
  std::vector<double> y(points), e(points);
  std::vector<ChannelError> errors(static_cast<std::size_t>(data.outputs));
  for (std::size_t c = 0; c < errors.size(); ++c) {
    ChannelError& error = errors[c];
    const double scale = std::abs(scaling.mean[c]) + scaling.deviation[c];
    error.unit = scale > 0 ? scale : 1;
    const double mean = scaling.mean[c] / error.unit, of_target = scaling.unit(c) / error.unit,
                 of_answer = scaling.deviation[c] / error.unit;
    for (std::size_t i = 0; i < points; ++i) {
      const auto t = static_cast<double>(target[c * points + i]), p = static_cast<double>(prediction[c * points + i]);
      y[i] = t * of_target + mean;
      e[i] = p * of_answer - t * of_target;
      error.target_l2 += y[i] * y[i];
      error.error_l2 += e[i] * e[i];
    }
    error.target_h1 = error.target_l2 + slope_squares(y, data.grid);
    error.error_h1 = error.error_l2 + slope_squares(e, data.grid);
    const double nothing = scale > 0 ? static_cast<double>(std::numeric_limits<float>::epsilon()) : 0;
    error.zero = error.target_l2 <= nothing * nothing * static_cast<double>(points);
  }
  return errors;
}

void MeanRatio::add(double error, double target) {
  sum += std::sqrt(error / target);
  ++n;
}

std::optional<double> MeanRatio::value() const {
  return n > 0 ? std::optional(sum / static_cast<double>(n)) : std::nullopt;
}

void ErrorMeans::add(const OperatorData& data, std::int64_t sample, std::span<const float> prediction) {
  if (channels_.empty()) {
    counts_.grid = data.grid;
    for (const std::string& name : data.y_channels) counts_.channels.push_back({name, {}});
    channels_.resize(data.y_channels.size());
  }
  ++counts_.n;
  const std::vector<ChannelError> errors = channel_errors(data, sample, prediction);
  const double largest = std::ranges::max(errors, {}, &ChannelError::unit).unit;
  double error = 0, target = 0;
  bool zero = true;
  for (std::size_t c = 0; c < errors.size(); ++c) {
    const ChannelError& channel = errors[c];
    const double weight = std::pow(channel.unit / largest, 2);
    error += weight * channel.error_l2;
    target += weight * channel.target_l2;
    zero = zero && channel.zero;
    if (channel.zero) {
      ++counts_.zero_targets;
      continue;
    }
    channels_[c].add(channel.error_l2, channel.target_l2);
    h1_.add(channel.error_h1, channel.target_h1);
  }
  if (!zero && target > 0) l2_.add(error, target);
}

TestMetrics ErrorMeans::metrics() const {
  TestMetrics metrics = counts_;
  metrics.relative_l2 = l2_.value();
  metrics.relative_h1 = h1_.value();
  for (std::size_t c = 0; c < channels_.size(); ++c) metrics.channels[c].relative_l2 = channels_[c].value();
  return metrics;
}

TestMetrics measure(const Model& model, const OperatorData& data, std::int64_t batch_size, const Device& device) {
  const NoGrad guard;
  training::Sweep sweep(data, 0, data.samples, batch_size, device);
  ErrorMeans errors;
  const auto size = static_cast<std::size_t>(data.outputs * data.points());
  for (std::int64_t step = 0; step < sweep.steps(); ++step) {
    const training::Batch batch = sweep.batch(step);
    const std::vector<float> predictions = model.forward(Var(batch.x)).value().to_host<float>();
    for (std::size_t i = 0; i < batch.samples.size(); ++i)
      errors.add(data, batch.samples[i], std::span(predictions).subspan(i * size, size));
  }
  return errors.metrics();
}

bool beats(const std::optional<double>& error, const std::optional<double>& trivial) {
  return !error || !trivial || *error < kBetter * *trivial;
}

training::Measured measured(const TestMetrics& metrics, const TestMetrics& trivial) {
  training::Json test = training::Json::object();
  put(test, "relative_l2", metrics.relative_l2);
  put(test, "relative_h1", metrics.relative_h1);
  test["n"] = metrics.n;
  test["grid"] = metrics.grid;
  training::Measured result{
      .json = {}, .scores = {{"test relative L2", metrics.relative_l2}, {"test relative H1", metrics.relative_h1}}};
  for (std::size_t c = 0; c < metrics.channels.size(); ++c) {
    const auto& [name, error] = metrics.channels[c];
    training::Json channel = {{"name", name}};
    put(channel, "relative_l2", error);
    put(channel, "baseline_relative_l2", trivial.channels[c].relative_l2);
    test["channels"].push_back(channel);
    if (metrics.channels.size() > 1 && c < kShown) result.scores.push_back({"relative L2 of " + name, error});
  }
  test["zero_targets"] = metrics.zero_targets;
  put(test, "baseline_relative_l2", trivial.relative_l2);
  test["beats_mean"] = beats(metrics.relative_l2, trivial.relative_l2);
  result.json["test"] = test;
  return result;
}

std::vector<std::string> verdict(const TestMetrics& metrics, const TestMetrics& trivial, const std::string& name) {
  std::vector<std::string> lines;
  if (trivial.relative_l2) lines.push_back(name + ": test relative L2 " + report::format_number(*trivial.relative_l2));
  const auto judge = [&](const std::string& what, const std::optional<double>& error,
                         const std::optional<double>& other) {
    if (!beats(error, other))
      lines.push_back("notice: " + what + " is no better than " + name + ": relative L2 " +
                      report::format_number(*error) + " against " + report::format_number(*other));
  };
  judge("the network", metrics.relative_l2, trivial.relative_l2);
  if (metrics.channels.size() > 1)
    for (std::size_t c = 0; c < metrics.channels.size(); ++c)
      judge("channel " + metrics.channels[c].name, metrics.channels[c].relative_l2, trivial.channels[c].relative_l2);
  if (metrics.zero_targets > 0)
    lines.push_back("notice: " + std::to_string(metrics.zero_targets) + " of " +
                    std::to_string(metrics.n * static_cast<std::int64_t>(metrics.channels.size())) +
                    " test targets are zero everywhere and left out of the relative errors");
  return lines;
}

MeanField::MeanField(const OperatorData& data, std::int64_t training)
    : channels_(data.outputs), grid_(data.grid), field_(static_cast<std::size_t>(data.outputs * data.points())) {
  std::vector<double> sum(field_.size());
  for (std::int64_t sample = 0; sample < training; ++sample) {
    const std::vector<float> target = data.target(sample);
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += static_cast<double>(target[i]);
  }
  if (training > 0)
    std::ranges::transform(sum, field_.begin(),
                           [=](double s) { return static_cast<float>(s / static_cast<double>(training)); });
}

MeanField::MeanField(const training::StoredTensor& stored)
    : channels_(stored.shape.at(0)),
      grid_(stored.shape.begin() + 1, stored.shape.end()),
      field_(stored.bytes.size() / sizeof(float)) {
  std::memcpy(field_.data(), stored.bytes.data(), stored.bytes.size());
}

training::StoredTensor MeanField::stored() const {
  training::StoredTensor tensor{.name = kName, .shape = {channels_}, .bytes = {}};
  tensor.shape.insert(tensor.shape.end(), grid_.begin(), grid_.end());
  const auto bytes = std::as_bytes(std::span(field_));
  tensor.bytes.assign(bytes.begin(), bytes.end());
  return tensor;
}

Var MeanField::forward(const Var& x) const {
  // One axis after the other, the first first: (rows, n, rest) to (rows, m, rest).
  std::vector<float> field = field_;
  std::int64_t rows = channels_;
  Shape shape = x.shape();
  shape[1] = channels_;
  for (std::size_t axis = 0; axis < grid_.size(); ++axis) {
    const std::int64_t n = grid_[axis], m = x.shape(static_cast<int>(axis) + 2);
    const std::int64_t rest = static_cast<std::int64_t>(field.size()) / (rows * n);
    std::vector<float> out;
    out.reserve(static_cast<std::size_t>(rows * m * rest));
    for (std::int64_t row = 0; row < rows; ++row)
      for (std::int64_t i = 0; i < m; ++i) {
        const std::int64_t below = i * n / m, above = std::min(below + 1, n - 1);
        const float part = static_cast<float>(i * n % m) / static_cast<float>(m);
        for (std::int64_t k = 0; k < rest; ++k) {
          const auto value = [&](std::int64_t j) { return field[static_cast<std::size_t>((row * n + j) * rest + k)]; };
          out.push_back((1 - part) * value(below) + part * value(above));
        }
      }
    field = std::move(out);
    rows *= m;
  }
  std::vector<float> all;
  for (std::int64_t b = 0; b < x.shape(0); ++b) all.insert(all.end(), field.begin(), field.end());
  return Var(Tensor::from(all, shape, x.device()));
}

}  // namespace fno::operators
