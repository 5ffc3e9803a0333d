#include <algorithm>
#include <cmath>

#include "tools/report/text.h"
#include "tools/tasks/operator/operator_task.h"

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

double norm_of(std::span<const float> values) {
  double sum = 0;
  for (const float v : values) sum += static_cast<double>(v) * static_cast<double>(v);
  return std::sqrt(sum);
}

std::string channel_name(const char* name, std::int64_t channel, std::int64_t channels) {
  return channels == 1 ? std::string(name) : name + std::to_string(channel);
}

report::Sample picture_of(const OperatorData& data, std::int64_t sample, std::span<const float> prediction) {
  const auto points = static_cast<std::size_t>(data.points());
  const auto channel = [points](std::span<const float> values, std::int64_t c) {
    return values.subspan(static_cast<std::size_t>(c) * points, points);
  };
  report::Sample picture{.title = "Sample " + std::to_string(sample)};
  if (data.dims() == 3) picture.caption = "Middle plane of the first axis.";
  for (std::int64_t c = 0; c < std::min(data.inputs, kMostChannels); ++c) {
    const std::string x = channel_name("x", c, data.inputs);
    picture.panels.push_back({.role = report::PanelRole::input,
                              .label = "input",
                              .field = field_of(channel(data.input(sample), c), data.grid),
                              .quantity = x});
  }
  for (std::int64_t c = 0; c < std::min(data.outputs, kMostChannels); ++c) {
    const std::string y = channel_name("y", c, data.outputs);
    const std::span<const float> truth = channel(data.target(sample), c), answer = channel(prediction, c);
    std::vector<float> error(points);
    std::ranges::transform(answer, truth, error.begin(), [](float p, float t) { return std::abs(p - t); });
    const double ratio = norm_of(error) / norm_of(truth);
    const auto add = [&](report::PanelRole role, const std::string& label, std::span<const float> values,
                         const std::string& note) {
      picture.panels.push_back(
          {.role = role, .label = label, .field = field_of(values, data.grid), .quantity = y, .note = note});
    };
    add(report::PanelRole::truth, "truth", truth, "");
    add(report::PanelRole::prediction, "prediction", answer, "");
    add(report::PanelRole::error, "|error|", error, "relative L2 " + format_number(ratio));
  }
  if (data.dims() == 1)
    for (std::int64_t i = 0; i < data.grid[0]; ++i)
      picture.x.push_back(static_cast<double>(i) / static_cast<double>(data.grid[0]));
  return picture;
}

}  // namespace

std::vector<report::Sample> sample_pictures(const Model& model, const OperatorData& data, std::int64_t first,
                                            std::int64_t count, const Device& device) {
  const NoGrad guard;
  std::vector<report::Sample> pictures;
  training::Sweep sweep(data, first, std::min(first + count, data.samples), 1, device);
  for (std::int64_t i = 0; i < sweep.steps(); ++i) {
    const std::vector<float> prediction = model.forward(Var(sweep.batch(i).x)).value().to_host<float>();
    pictures.push_back(picture_of(data, first + i, prediction));
  }
  return pictures;
}

}  // namespace fno::operators
