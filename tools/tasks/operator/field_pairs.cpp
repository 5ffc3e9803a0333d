#include "tools/tasks/operator/field_pairs.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "framework/error.h"
#include "tools/files/formats/open_array_file.h"
#include "tools/files/paired_file.h"
#include "tools/files/sha256.h"
#include "tools/tasks/operator/trajectories.h"

namespace fno::operators {
namespace {

using Extents = std::vector<std::int64_t>;

}  // namespace

std::int64_t FieldShape::points() const {
  std::int64_t n = 1;
  for (const std::int64_t extent : grid) n *= extent;
  return n;
}

std::string FieldPairs::text() const {
  const auto counted = [](std::int64_t n, const char* one, const char* many) {
    return std::to_string(n) + " " + (n == 1 ? one : many);
  };
  std::string line = path + ": ";
  if (history > 0)
    line += counted(samples, "trajectory", "trajectories") + " of " + counted(times, "state", "states");
  else
    line += counted(samples, "sample", "samples");
  line += ", grid " + grid_text(grid) + (ends ? " with both ends" : "");
  if (!x.stored.name.empty()) line += "; " + x.stored.name + ": " + x.text();
  if (repeats_x()) line += ", repeated along the first axis";
  if (!y.stored.name.empty()) line += "; " + y.stored.name + ": " + y.text();
  return history > 0 ? line + "; " + counted(history, "state", "states") + " to the next" : line;
}

namespace {

// The letters of `layout` in the grid that `other` lacks.
std::string new_axes(const Layout& layout, const Layout& other) {
  std::string more;
  std::ranges::copy_if(grid_letters(layout), std::back_inserter(more),
                       [&](char c) { return other.find(c) == std::string::npos; });
  return more;
}

void check_strides(const PerAxis<int>& stride, const std::string& grid, const std::string& path) {
  require<ErrorKind::config>(stride.fits(grid.size()), "--stride: found ", stride.values().size(), " numbers for ",
                             path, ", whose grid has ", grid.size(), " axes, accepted: one number, or one an axis");
}

}  // namespace

FieldPairs read_field_pairs(const std::string& x_path, const Reading& reading) {
  std::shared_ptr<const ArrayFile> opened = open_array_file(x_path);
  if (!reading.targets.empty())
    opened = paired(open_array_file(x_path), reading.x_name, open_array_file(reading.targets), reading.y_name);
  const ArrayFile& file = *opened;
  const std::string& path = file.path();
  if (are_trajectories(file, reading)) {
    require<ErrorKind::config>(reading.targets.empty(), "--targets: found ", reading.targets,
                               " for states in time, accepted: one file of them");
    return read_trajectories(opened, reading);
  }
  const ArrayInfo x = find_array(file, reading.x_name, "--x-name"), y = find_array(file, reading.y_name, "--y-name");
  const std::string x_is = where(path, x.name), y_is = where(path, y.name);
  check_type(x, x_is, true);
  check_type(y, y_is, false);
  const auto layouts = layouts_of(x, y, path, reading);
  Layout x_axes = layouts.first;
  const Layout& y_axes = layouts.second;
  // Other times than those of y: states that the answer hangs on, each a channel.
  const std::size_t x_time = x_axes.find('t'), y_time = y_axes.find('t');
  const bool states = x_time != Layout::npos && y_time != Layout::npos && x_axes.find('c') == Layout::npos &&
                      x.shape[x_time] != y.shape[y_time];
  if (states) x_axes[x_time] = 'c';

  // The grid of y in the order of x, what x lacks in front.
  const std::string x_grid = grid_letters(x_axes);
  std::string grid = new_axes(y_axes, x_axes);
  const bool related = grid.size() <= 1 && grid.size() + x_grid.size() == grid_letters(y_axes).size();
  grid += x_grid;
  const auto extent = [](const ArrayInfo& header, const Layout& axes, char letter) {
    const std::size_t axis = axes.find(letter);
    return axis == std::string::npos ? std::int64_t{1} : header.shape[axis];
  };
  const std::int64_t samples = extent(x, x_axes, 'n'), targets = extent(y, y_axes, 'n');
  require<ErrorKind::data>(samples == targets, path, ": found ", samples, " samples of x and ", targets,
                           " of y, accepted: the same number");
  const auto same = [&](char letter) { return extent(x, x_axes, letter) == extent(y, y_axes, letter); };
  require<ErrorKind::data>(related && std::ranges::all_of(x_grid, same), path, ": found x ", host_shape_text(x.shape),
                           " as ", x_axes, " and y ", host_shape_text(y.shape), " as ", y_axes,
                           ", accepted: the same grid, or y with one more axis in front of it; --layout and --y-layout"
                           " name the axes");

  check_strides(reading.stride, grid, path);
  const GridAxes of_y = strided(grid, grid, reading.stride), of_x = strided(x_grid, grid, reading.stride);

  FieldPairs pairs;
  pairs.path = path;
  pairs.ends = reading.grid_ends;
  bool later = streams(x_path, reading.streaming, {&x, &y}, {&x_axes, &y_axes});
  if (later && !reading.targets.empty())
    later = streams(reading.targets, reading.streaming, {&x, &y}, {&x_axes, &y_axes});
  const bool x_named = !reading.layout.empty() || reading.time_axis, y_named = x_named || !reading.y_layout.empty();
  pairs.y = read_field(opened, y, {y_axes, of_y, y_named, later});
  pairs.x = read_field(opened, x, {x_axes, of_x, x_named, later});
  pairs.grid_axes = grid;
  if (const std::size_t axis = grid.find('t'); axis != std::string::npos) pairs.time_axis = axis;
  pairs.samples = samples;
  pairs.inputs = pairs.x.values.shape()[1];
  pairs.outputs = pairs.y.values.shape()[1];
  pairs.grid.assign(pairs.y.values.shape().begin() + 2, pairs.y.values.shape().end());
  const auto look_at = [&](const FieldArray& field, const char* flag) {
    const std::string notice = suspicion(path, field, field.values.shape(), "samples", flag);
    if (!notice.empty()) pairs.notices.push_back(notice);
  };
  if (!x_named) look_at(pairs.x, "--layout");
  if (!y_named && pairs.y.stored.shape != pairs.x.stored.shape) look_at(pairs.y, "--y-layout");
  pairs.sha256 = sha256_hex_of_file(x_path);
  if (!reading.targets.empty()) {
    pairs.targets_path = reading.targets;
    pairs.targets_sha256 = sha256_hex_of_file(reading.targets);
  }
  return pairs;
}

FieldPairs read_inputs(const std::string& path, const Reading& reading, bool needs_targets,
                       const training::ModelDescription& network, const std::string& whose) {
  const std::shared_ptr<const ArrayFile> file = open_array_file(path);
  const auto fitting = [&](FieldPairs pairs) {
    require_states(pairs, network.history, whose);
    require_channels(pairs, network.config.in, network.config.out, network.config.dims, whose);
    return pairs;
  };
  if (network.history > 0) return fitting(read_trajectories(file, reading, needs_targets, network.config.dims));
  if (needs_targets || !reading.targets.empty() || file->contains(reading.y_name))
    return fitting(read_field_pairs(path, reading));
  const ArrayInfo x = has_one_nameless(*file) ? file->info("") : find_array(*file, reading.x_name, "--x-name");
  const std::string what = where(path, x.name);
  check_type(x, what, true);
  FieldPairs pairs;
  const auto layouts = layouts_for_inputs(x, path, reading, network.config.dims, network.repeats_input);
  const Layout& axes = layouts.first;
  pairs.y.axes = layouts.second;
  const std::string grid = grid_letters(axes), more = new_axes(pairs.y.axes, axes);
  const bool repeated = network.repeats_input && std::ssize(grid) + 1 == network.config.dims;
  require<ErrorKind::data>(
      std::ssize(more) == (repeated ? 1 : 0) && grid_letters(pairs.y.axes).size() == grid.size() + more.size(), path,
      ": found inputs of axes ", axes, " for targets of axes ", pairs.y.axes,
      ", accepted: the same grid; --layout and --y-layout name the axes");
  pairs.path = path;
  pairs.ends = reading.grid_ends;
  pairs.grid_axes = more + grid;
  check_strides(reading.stride, pairs.grid_axes, path);
  const bool named = !reading.layout.empty() || reading.time_axis;
  pairs.x = read_field(
      file, x,
      {axes, strided(grid, pairs.grid_axes, reading.stride), named, streams(path, reading.streaming, {&x}, {&axes})});
  const std::vector<std::int64_t>& shape = pairs.x.values.shape();
  pairs.samples = shape[0];
  pairs.inputs = shape[1];
  pairs.outputs = network.config.out;
  pairs.grid.assign(shape.begin() + 2, shape.end());
  if (repeated) pairs.grid.insert(pairs.grid.begin(), network.grid.front());
  pairs.y.channels = network.output_channels;
  for (std::int64_t c = std::ssize(pairs.y.channels); c < pairs.outputs; ++c)  // of files of earlier versions
    pairs.y.channels.push_back(reading.y_name + (pairs.outputs > 1 ? std::to_string(c) : ""));
  const std::string notice = named ? "" : suspicion(path, pairs.x, shape, "samples", "--layout");
  if (!notice.empty()) pairs.notices.push_back(notice);
  pairs.sha256 = sha256_hex_of_file(path);
  return fitting(std::move(pairs));
}

void require_channels(const FieldPairs& data, std::int64_t inputs, std::int64_t outputs, int dims,
                      const std::string& whose) {
  require<ErrorKind::data>(data.inputs == inputs && data.outputs == outputs && data.dims() == dims, data.path,
                           ": found ", data.inputs, " input and ", data.outputs, " output channels in ", data.dims(),
                           " dimensions, accepted: ", inputs, " and ", outputs, " in ", dims, ", as ", whose, " has");
}

void require_states(const FieldPairs& data, std::int64_t history, const std::string& whose) {
  const auto kind = [](std::int64_t states) {
    return states == 0 ? std::string("pairs of fields") : "states in time, " + std::to_string(states) + " to the next";
  };
  require<ErrorKind::data>(data.history == history, data.path, ": found ", kind(data.history),
                           ", accepted: ", kind(history), ", as ", whose, " has");
}

training::ChannelScaling fit_scaling(const FieldValues& values, std::int64_t samples) {
  const std::int64_t channels = values.shape()[1], points = values.points();
  struct Sums {
    double origin = 0, sum = 0, largest = 0, squares = 0;
    bool begun = false;
  };
  std::vector<Sums> sums(static_cast<std::size_t>(channels));
  const auto over_all = [&](auto&& visit) {
    values.for_blocks(0, samples, [&](const FieldValues::Block& block) {
      for (std::int64_t row = 0; row < block.count * channels; ++row)
        for_chunks(block.array, block.at + row * points, block.at + (row + 1) * points,
                   [&](std::int64_t, std::span<const double> part) {
                     for (const double v : part) visit(sums[static_cast<std::size_t>(row % channels)], v);
                   });
    });
  };
  over_all([](Sums& s, double v) {
    if (!s.begun) s.origin = v;
    s.begun = true;
    s.sum += v - s.origin;
    s.largest = std::max(s.largest, std::abs(v - s.origin));
  });
  // Squares of the parts of the largest difference stay within range whatever the unit.
  const double count = static_cast<double>(samples) * static_cast<double>(points);
  const auto scale = [](const Sums& s) { return s.largest > 0 ? s.largest : 1; };
  over_all([&](Sums& s, double v) {
    const double part = (v - s.origin - s.sum / count) / scale(s);
    s.squares += part * part;
  });
  training::ChannelScaling scaling;
  for (const Sums& s : sums) {
    const double deviation = scale(s) * std::sqrt(s.squares / count);
    constexpr double kRounding = 4 * std::numeric_limits<double>::epsilon();
    scaling.mean.push_back(s.origin + s.sum / count);
    scaling.deviation.push_back(deviation > kRounding * std::abs(s.origin) ? deviation : 0);
  }
  return scaling;
}

}  // namespace fno::operators
