#include "tools/tasks/operator/metrics.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "framework/ops/loss.h"
#include "tools/report/text.h"
#include "tools/tasks/operator/roll_out.h"

namespace fno::operators {
namespace {

constexpr double kLossFloor = 0.1;  // of a field of deviation 1, added to the divisor of relative losses
constexpr double kBetter = 0.99;    // an error below this part of the trivial one beats it
constexpr std::size_t kShown = 8;   // channels shown one by one in tables
constexpr double kZero = 1e-14;     // of the squares of all steps: a step of less is zero

// The number of values of a sample, or of one channel of it.
double values_of(const Var& t, int first_axis) {
  std::int64_t n = 1;
  for (int axis = first_axis; axis < t.shape().rank(); ++axis) n *= t.shape(axis);
  return static_cast<double>(n);
}

// Σ over the grid of the squares of the periodic central differences (u[i+1]-u[i-1])·n/2 along every axis; on grids
// with both ends of (u[i+1]-u[i-1])·(n-1)/2, and one-sided at the ends.
double slope_squares(std::span<const double> u, const FieldShape& shape) {
  double sum = 0;
  std::size_t stride = 1;
  for (std::size_t axis = shape.grid.size(); axis-- > 0;) {
    const auto n = static_cast<std::size_t>(shape.grid[axis]);
    const auto steps = static_cast<double>(shape.steps(axis));
    for (std::size_t i = 0; i < u.size(); ++i) {
      const std::size_t at = i / stride % n, start = i - at * stride;
      const bool first = shape.ends && at == 0, last = shape.ends && at + 1 == n;
      const double ahead = u[start + (last ? at : (at + 1) % n) * stride],
                   behind = u[start + (first ? at : (at + n - 1) % n) * stride];
      const double slope = (ahead - behind) * steps / (first || last ? 1 : 2);
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

// A table as lines of text: of many rows the first, the last and some between.
std::vector<std::string> lines_of(const report::Table& table) {
  constexpr std::size_t kRows = 12;
  const std::size_t rows = table.rows.size(), shown = std::min(rows, kRows);
  if (rows == 0) return {};
  report::Table some{.title = table.title, .header = table.header};
  for (std::size_t i = 0; i < shown; ++i)
    some.rows.push_back(table.rows[shown == 1 ? 0 : i * (rows - 1) / (shown - 1)]);
  std::vector<std::string> lines{table.title};
  std::istringstream text(report::text_table(some));
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
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
  const std::vector<float> target = data.target(sample);
  const auto points = static_cast<std::size_t>(data.points()), channels = static_cast<std::size_t>(data.outputs),
             states = static_cast<std::size_t>(data.following());  // (states, channels, points)
  // Numbers i of a channel, states after each other, at one point of time: i / inside % times.
  std::size_t times = data.history > 0 ? states : 0, inside = points;
  if (data.history == 0 && data.time_axis) {
    times = static_cast<std::size_t>(data.grid[*data.time_axis]);
    inside = 1;
    for (std::size_t axis = *data.time_axis + 1; axis < data.grid.size(); ++axis)
      inside *= static_cast<std::size_t>(data.grid[axis]);
  }
  std::vector<double> y(states * points), e(y.size());
  std::vector<ChannelError> errors(channels);
  for (std::size_t c = 0; c < errors.size(); ++c) {
    ChannelError& error = errors[c];
    error.steps.resize(times);
    const double scale = std::abs(scaling.mean[c]) + scaling.deviation[c];
    error.unit = scale > 0 ? scale : 1;
    const double mean = scaling.mean[c] / error.unit, of_target = scaling.unit(c) / error.unit,
                 of_answer = scaling.deviation[c] / error.unit;
    for (std::size_t i = 0; i < y.size(); ++i) {
      const std::size_t at = (i / points * channels + c) * points + i % points;
      const auto t = static_cast<double>(target[at]), p = static_cast<double>(prediction[at]);
      y[i] = t * of_target + mean;
      e[i] = p * of_answer - t * of_target;
      error.target_l2 += y[i] * y[i];
      error.error_l2 += e[i] * e[i];
      if (times == 0) continue;
      ErrorSquares& step = error.steps[i / inside % times];
      step.target += y[i] * y[i];
      step.error += e[i] * e[i];
    }
    error.target_h1 = error.target_l2;
    error.error_h1 = error.error_l2;
    for (std::size_t state = 0; state < states; ++state) {
      error.target_h1 += slope_squares(std::span(y).subspan(state * points, points), data);
      error.error_h1 += slope_squares(std::span(e).subspan(state * points, points), data);
    }
    const double nothing = scale > 0 ? static_cast<double>(std::numeric_limits<float>::epsilon()) : 0;
    error.zero = error.target_l2 <= nothing * nothing * static_cast<double>(y.size());
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
  std::vector<ErrorSquares> by_step(errors[0].steps.size());
  for (std::size_t c = 0; c < errors.size(); ++c) {
    const ChannelError& channel = errors[c];
    const double weight = std::pow(channel.unit / largest, 2);
    error += weight * channel.error_l2;
    target += weight * channel.target_l2;
    for (std::size_t t = 0; t < by_step.size(); ++t) {
      by_step[t].error += weight * channel.steps[t].error;
      by_step[t].target += weight * channel.steps[t].target;
    }
    zero = zero && channel.zero;
    if (channel.zero) {
      ++counts_.zero_targets;
      continue;
    }
    channels_[c].add(channel.error_l2, channel.target_l2);
    h1_.add(channel.error_h1, channel.target_h1);
  }
  if (!zero && target > 0) l2_.add(error, target);
  steps_.resize(by_step.size());
  for (std::size_t t = 0; t < by_step.size(); ++t)
    if (by_step[t].target > kZero * target) steps_[t].add(by_step[t].error, by_step[t].target);
}

TestMetrics ErrorMeans::metrics() const {
  TestMetrics metrics = counts_;
  metrics.relative_l2 = l2_.value();
  metrics.relative_h1 = h1_.value();
  for (std::size_t c = 0; c < channels_.size(); ++c) metrics.channels[c].relative_l2 = channels_[c].value();
  for (const MeanRatio& mean : steps_) metrics.steps.push_back(mean.value());
  return metrics;
}

TestMetrics measure(const Model& model, const OperatorData& data, std::int64_t batch_size, const Device& device) {
  const NoGrad guard;
  const RollOut rolled(model, data.history, data.y_scaling, data.following());
  const Model& answering = data.history > 0 ? static_cast<const Model&>(rolled) : model;
  training::Sweep sweep(data, 0, data.samples, batch_size, device);
  ErrorMeans errors;
  const auto size = static_cast<std::size_t>(data.following() * data.outputs * data.points());
  for (std::int64_t step = 0; step < sweep.steps(); ++step) {
    const training::Batch batch = sweep.batch(step);
    const std::vector<float> predictions = answering.forward(Var(batch.x)).value().to_host<float>();
    for (std::size_t i = 0; i < batch.samples.size(); ++i)
      errors.add(data, batch.samples[i], std::span(predictions).subspan(i * size, size));
  }
  return errors.metrics();
}

bool beats(const std::optional<double>& error, const std::optional<double>& trivial) {
  return !error || !trivial || *error < kBetter * *trivial;
}

training::Measured measured(const TestMetrics& metrics, const std::vector<TrivialAnswer>& trivial) {
  training::Json test = training::Json::object();
  // The error of the network under its name, and that of each trivial answer under its own.
  const auto put_all = [&](training::Json& json, auto&& error_of) {
    for (const TrivialAnswer& answer : trivial)
      put(json, (answer.key + "_relative_l2").c_str(), error_of(answer.metrics));
  };
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
    put_all(channel, [c](const TestMetrics& m) { return m.channels[c].relative_l2; });
    test["channels"].push_back(channel);
    if (metrics.channels.size() > 1 && c < kShown) result.scores.push_back({"relative L2 of " + name, error});
  }
  test["zero_targets"] = metrics.zero_targets;
  put_all(test, [](const TestMetrics& m) { return m.relative_l2; });
  for (std::size_t i = 0; i < trivial.size(); ++i)
    test["beats_" + (i == 0 ? std::string("mean") : trivial[i].key)] =
        beats(metrics.relative_l2, trivial[i].metrics.relative_l2);
  for (std::size_t t = 0; t < metrics.steps.size(); ++t) {
    training::Json step = {{"step", t + 1}};
    put(step, "relative_l2", metrics.steps[t]);
    put_all(step, [t](const TestMetrics& m) { return m.steps[t]; });
    test["steps"].push_back(step);
  }
  result.json["test"] = test;
  return result;
}

report::Table step_table(const TestMetrics& metrics, const std::vector<TrivialAnswer>& trivial) {
  report::Table table{.title = "Relative L2 by step", .header = {"step", "network"}};
  for (const TrivialAnswer& answer : trivial) table.header.push_back(answer.name);
  for (std::size_t t = 0; t < metrics.steps.size(); ++t) {
    std::vector<std::string> row{std::to_string(t + 1), report::number_or_dash(metrics.steps[t])};
    for (const TrivialAnswer& answer : trivial) row.push_back(report::number_or_dash(answer.metrics.steps[t]));
    table.rows.push_back(row);
  }
  return table;
}

std::vector<std::string> verdict(const TestMetrics& metrics, const std::vector<TrivialAnswer>& trivial) {
  std::vector<std::string> lines = lines_of(step_table(metrics, trivial));
  for (const auto& [name, key, answer] : trivial)
    if (answer.relative_l2) lines.push_back(name + ": test relative L2 " + report::format_number(*answer.relative_l2));
  const auto judge = [&](const std::string& what, const std::optional<double>& error, auto&& error_of) {
    const TrivialAnswer* best = nullptr;
    for (const TrivialAnswer& answer : trivial)
      if (error_of(answer.metrics) && (best == nullptr || *error_of(answer.metrics) < *error_of(best->metrics)))
        best = &answer;
    if (best != nullptr && !beats(error, error_of(best->metrics)))
      lines.push_back("notice: " + what + " is no better than " + best->name + ": relative L2 " +
                      report::format_number(*error) + " against " + report::format_number(*error_of(best->metrics)));
  };
  judge("the network", metrics.relative_l2, [](const TestMetrics& m) { return m.relative_l2; });
  if (metrics.channels.size() > 1)
    for (std::size_t c = 0; c < metrics.channels.size(); ++c)
      judge("channel " + metrics.channels[c].name, metrics.channels[c].relative_l2,
            [c](const TestMetrics& m) { return m.channels[c].relative_l2; });
  if (metrics.zero_targets > 0)
    lines.push_back("notice: " + std::to_string(metrics.zero_targets) + " of " +
                    std::to_string(metrics.n * static_cast<std::int64_t>(metrics.channels.size())) +
                    " test targets are zero everywhere and left out of the relative errors");
  return lines;
}

MeanField::MeanField(const OperatorData& data, std::int64_t training)
    : channels_(data.outputs),
      grid_(data.grid),
      ends_(data.ends),
      field_(static_cast<std::size_t>(data.outputs * data.points())) {
  std::vector<double> sum(field_.size());
  for (std::int64_t sample = 0; sample < training; ++sample) {
    const std::vector<float> target = data.target(sample);
    for (std::size_t i = 0; i < target.size(); ++i) sum[i % sum.size()] += static_cast<double>(target[i]);
  }
  const auto targets = static_cast<double>(training * data.following());
  if (training > 0)
    std::ranges::transform(sum, field_.begin(), [=](double s) { return static_cast<float>(s / targets); });
}

MeanField::MeanField(const training::StoredTensor& stored, bool ends)
    : channels_(stored.shape.at(0)),
      grid_(stored.shape.begin() + 1, stored.shape.end()),
      ends_(ends),
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
    const std::int64_t steps = grid_steps(n, ends_), other = grid_steps(m, ends_);
    std::vector<float> out;
    out.reserve(static_cast<std::size_t>(rows * m * rest));
    for (std::int64_t row = 0; row < rows; ++row)
      for (std::int64_t i = 0; i < m; ++i) {
        const std::int64_t below = i * steps / other, above = std::min(below + 1, n - 1);
        const float part = static_cast<float>(i * steps % other) / static_cast<float>(other);
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
