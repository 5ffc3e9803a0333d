#include <algorithm>
#include <cmath>
#include <set>

#include "tools/report/text.h"
#include "tools/tasks/operator/operator_task.h"
#include "tools/tasks/operator/roll_out.h"

namespace fno::operators {
namespace {

using report::format_number;

constexpr std::int64_t kMostChannels = 4;  // drawn of each sample

// The part of a channel's values that is drawn: all of a 1-D or 2-D grid, the middle plane of a 3-D one.
report::Field field_of(std::span<const float> values, const std::vector<std::int64_t>& grid) {
  if (grid.size() == 3) {
    const auto plane = static_cast<std::size_t>(grid[1] * grid[2]);
    return field_of(values.subspan(static_cast<std::size_t>(grid[0] / 2) * plane, plane), {grid[1], grid[2]});
  }
  const auto rows = grid.size() == 1 ? 1 : static_cast<int>(grid[0]);
  return {rows, static_cast<int>(grid.back()), {values.begin(), values.end()}};
}

// A channel in the units of the data, as far as float32 can show it: without a mean that would hide what varies.
struct InUnits {
  double unit = 1, mean = 0;
  std::string name;

  InUnits(const training::ChannelScaling& scaling, std::size_t channel, const std::string& plain, double scale)
      : unit(scale), mean(scaling.mean[channel]), name(plain) {
    constexpr double kHides = 1e4;
    if (std::abs(mean) <= kHides * scaling.unit(channel)) return;
    name += (mean > 0 ? " - " : " + ") + format_number(std::abs(mean), 9);
    mean = 0;
  }
  [[nodiscard]] std::vector<float> operator()(std::span<const float> values) const {
    std::vector<float> shown(values.size());
    std::ranges::transform(values, shown.begin(),
                           [&](float v) { return static_cast<float>(static_cast<double>(v) * unit + mean); });
    return shown;
  }
};

report::Sample picture_of(const OperatorData& data, std::int64_t sample, std::span<const float> prediction) {
  const auto points = static_cast<std::size_t>(data.points());
  const auto channel = [points](std::span<const float> values, std::int64_t c) {
    return values.subspan(static_cast<std::size_t>(c) * points, points);
  };
  report::Sample picture{.title = "Sample " + std::to_string(sample)};
  if (data.dims() == 3) picture.caption = "Middle plane of the first axis.";
  const auto at = [](std::int64_t c) { return static_cast<std::size_t>(c); };
  const std::vector<float> input = data.input(sample), target = data.target(sample);
  // Of several states the last one.
  const std::int64_t drawn = data.history > 0 ? data.outputs : data.inputs;
  for (std::int64_t c = data.inputs - drawn; c < data.inputs - drawn + std::min(drawn, kMostChannels); ++c) {
    const InUnits in_units(data.x_scaling, at(c), data.x_channels[at(c)], data.x_scaling.unit(at(c)));
    picture.panels.push_back({.role = report::PanelRole::input,
                              .label = "input",
                              .field = field_of(in_units(channel(input, c)), data.grid),
                              .quantity = in_units.name});
  }
  const std::vector<ChannelError> errors = channel_errors(data, sample, prediction);
  const auto draw = [&](std::int64_t c, std::int64_t step) {
    const std::string when = data.history > 0 ? ", step " + std::to_string(step + 1) : "";
    const std::string name = data.y_channels[at(c)] + when;
    const InUnits of_truth(data.y_scaling, at(c), name, data.y_scaling.unit(at(c)));
    const InUnits of_answer(data.y_scaling, at(c), name, data.y_scaling.deviation[at(c)]);
    const std::int64_t place = step * data.outputs + c;
    const std::vector<float> truth = of_truth(channel(target, place)), answer = of_answer(channel(prediction, place));
    std::vector<float> error(points);
    std::ranges::transform(answer, truth, error.begin(), [](float p, float t) { return std::abs(p - t); });
    const auto add = [&](report::PanelRole role, const std::string& label, std::span<const float> values,
                         const std::string& quantity, const std::string& note) {
      picture.panels.push_back(
          {.role = role, .label = label, .field = field_of(values, data.grid), .quantity = quantity, .note = note});
    };
    const ChannelError& e = errors[at(c)];
    const ErrorSquares squares = data.history > 0 ? e.steps[at(step)] : ErrorSquares{e.error_l2, e.target_l2};
    add(report::PanelRole::truth, "truth", truth, of_truth.name, "");
    add(report::PanelRole::prediction, "prediction", answer, of_truth.name, "");
    add(report::PanelRole::error, "|error|", error, name,
        e.zero || squares.target == 0 ? "the target is zero"
                                      : "relative L2 " + format_number(std::sqrt(squares.error / squares.target)));
  };
  // The first, the middle and the last step.
  const std::int64_t last = data.following() - 1;
  for (const std::int64_t step : std::set<std::int64_t>{0, last / 2, last})
    for (std::int64_t c = 0; c < std::min(data.outputs, kMostChannels); ++c) draw(c, step);
  if (data.dims() == 1)
    for (std::int64_t i = 0; i < data.grid[0]; ++i)
      picture.x.push_back(static_cast<double>(i) / static_cast<double>(data.steps(0)));
  return picture;
}

}  // namespace

std::vector<report::Sample> sample_pictures(const Model& model, const OperatorData& data, std::int64_t first,
                                            std::int64_t count, const Device& device) {
  const NoGrad guard;
  std::vector<report::Sample> pictures;
  const RollOut rolled(model, data.history, data.y_scaling, data.following());
  const Model& answering = data.history > 0 ? static_cast<const Model&>(rolled) : model;
  training::Sweep sweep(data, first, std::min(first + count, data.samples), 1, device);
  for (std::int64_t i = 0; i < sweep.steps(); ++i) {
    const std::vector<float> prediction = answering.forward(Var(sweep.batch(i).x)).value().to_host<float>();
    pictures.push_back(picture_of(data, first + i, prediction));
  }
  return pictures;
}

report::NamedPlot step_plot(const TestMetrics& metrics, const std::vector<TrivialAnswer>& trivial) {
  report::Plot plot{.title = "Relative L2 by step",
                    .x_label = "step",
                    .y_label = "relative L2",
                    .series = {{"network", metrics.steps, {}}},
                    .y_scale = report::YScale::automatic,
                    .whole_x = true};
  for (const TrivialAnswer& answer : trivial) plot.series.push_back({answer.name, answer.metrics.steps, {}});
  return {"error_by_step", plot};
}

}  // namespace fno::operators
