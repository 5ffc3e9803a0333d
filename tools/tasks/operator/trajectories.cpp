#include "tools/tasks/operator/trajectories.h"

#include <algorithm>

#include "framework/error.h"
#include "tools/files/sha256.h"

namespace fno::operators {
namespace {

constexpr std::int64_t kTime = 1;  // the axis of time where nobody says otherwise

Layout standard_or_none(std::size_t axes) { return axes >= 3 && axes <= 5 ? standard_layout(axes) : Layout(); }

// That of x, with an axis of time in front of the grid where y has one axis more.
Layout layout_after(const Layout& x, std::size_t axes) {
  if (axes == x.size()) return x;
  if (axes != x.size() + 1 || x.find('t') != Layout::npos || grid_letters(x).size() == 3) return standard_or_none(axes);
  Layout y = x;
  y.insert(x.find(grid_letters(x).front()), 1, 't');
  return y;
}

Layout without_time(Layout layout) {
  std::erase(layout, 't');
  return layout;
}

// `given`, or else what is usual, with time as that axis of the array.
Layout in_time(const Layout& given, const ArrayInfo& array, std::int64_t axis, const std::string& what) {
  const auto axes = std::ssize(array.shape);
  const std::int64_t at = axis < 0 ? axis + axes : axis;
  require<ErrorKind::config>(at >= 0 && at < axes, "--time-axis: found ", axis, " for ", what, " ",
                             host_shape_text(array.shape), ", accepted: 0 to ", axes - 1, ", or -1 to ", -axes,
                             " from the end");
  Layout layout = given;
  const std::size_t named = layout.find('t');
  require<ErrorKind::config>(named == Layout::npos || static_cast<std::int64_t>(named) == at, "--time-axis: found ",
                             axis, " for ", what, ", whose layout ", given, " has time as axis ", named);
  if (named != Layout::npos || (!given.empty() && std::ssize(given) + 1 != axes)) return given;
  if (layout.empty()) {
    constexpr const char* kAround[] = {"nh", "nhw", "nchw", "nchwd"};
    if (axes < 3 || axes > 6) return {};
    layout = kAround[axes - 3];
  }
  layout.insert(static_cast<std::size_t>(at), 1, 't');
  return layout;
}

std::int64_t extent(const ArrayInfo& array, const Layout& layout, char letter) {
  const std::size_t axis = layout.find(letter);
  return axis == Layout::npos ? 1 : array.shape[axis];
}

// Whether a file has such an array and it is more than the points of an axis.
bool has_field(const ArrayFile& file, const std::string& name) {
  return file.contains(name) && file.info(name).shape.size() >= 2;
}

const HostArray& held(const FieldValues& values) {
  const HostArray* array = nullptr;
  values.for_blocks(0, values.shape()[0], [&](const FieldValues::Block& block) { array = &block.array; });
  return *array;
}

// Of each sample the states of x, then those of y.
FieldValues joined(const FieldValues& x, const FieldValues& y, std::int64_t samples) {
  HostArray first = held(x), second = held(y);
  if (first.type != second.type) {
    first = make_host_array(first.to_doubles(), first.shape);
    second = make_host_array(second.to_doubles(), second.shape);
  }
  HostArray all{.type = first.type, .shape = first.shape, .bytes = {}};
  all.shape[0] += second.shape[0];
  all.bytes.reserve(first.bytes.size() + second.bytes.size());
  for (std::int64_t s = 0; s < samples; ++s)
    for (const HostArray* part : {&first, &second}) {
      const std::int64_t size = std::ssize(part->bytes) / samples;
      all.bytes.insert(all.bytes.end(), part->bytes.begin() + s * size, part->bytes.begin() + (s + 1) * size);
    }
  return FieldValues(std::move(all));
}

// Whether the states x are those that y begins with.
bool repeats(const FieldValues& x, const FieldValues& y, std::int64_t samples) {
  const std::int64_t size = x.shape()[0] / samples * x.sample_size(), of_y = y.shape()[0] / samples * y.sample_size();
  if (size > of_y) return false;
  std::vector<double> a(static_cast<std::size_t>(size)), b(a.size());
  for (std::int64_t s = 0; s < samples; ++s) {
    held(x).read_doubles(s * size, a);
    held(y).read_doubles(s * of_y, b);
    if (a != b) return false;
  }
  return true;
}

struct Source {
  ArrayInfo array;
  Layout layout;
};

// `one_state`: axes of space with which an array without time is one state; 0 if none is.
std::vector<Source> sources_of(const ArrayFile& file, const Reading& reading, int one_state) {
  const bool two =
      reading.x_name != reading.y_name && has_field(file, reading.x_name) && has_field(file, reading.y_name);
  if (two) {
    const ArrayInfo x = file.info(reading.x_name), y = file.info(reading.y_name);
    for (const ArrayInfo* array : {&x, &y}) check_type(*array, where(file.path(), array->name), false);
    const auto [of_x, of_y] = layouts_of(x, y, file.path(), reading);
    return {{x, of_x}, {y, of_y}};
  }
  const bool is_y = !file.contains(reading.x_name) && has_field(file, reading.y_name);
  const bool alone = !file.contains(reading.x_name) && file.names().size() == 1;  // whatever it is called
  const ArrayInfo array = alone  ? file.info(file.names().front())
                          : is_y ? file.info(reading.y_name)
                                 : find_array(file, reading.x_name, "--x-name");
  const std::string what = where(file.path(), array.name);
  check_type(array, what, false);
  const std::string& named = is_y && !reading.y_layout.empty() ? reading.y_layout : reading.layout;
  Layout given = layout_of(named);
  if (one_state > 0 && std::ssize(array.shape) == one_state + 1)
    given = std::string("nhwd").substr(0, array.shape.size());
  else if (reading.time_axis || given.find('t') == Layout::npos)
    given = in_time(given, array, reading.time_axis.value_or(kTime), what);
  const Layout layout = layout_for(given, array, what, "--layout", "");
  return {{array, layout}};
}

}  // namespace

std::pair<Layout, Layout> layouts_of(const ArrayInfo& x, const ArrayInfo& y, const std::string& path,
                                     const Reading& reading) {
  const std::string x_is = where(path, x.name), y_is = where(path, y.name);
  const std::size_t x_axes = x.shape.size(), y_axes = y.shape.size();
  if (!reading.time_axis) {
    const Layout of_x = layout_for(reading.layout, x, x_is, "--layout", standard_or_none(x_axes));
    return {of_x, layout_for(reading.y_layout, y, y_is, "--y-layout", layout_after(of_x, y_axes))};
  }
  Layout given = layout_of(reading.y_layout.empty() ? reading.layout : reading.y_layout);
  if (reading.y_layout.empty() && given.size() != y_axes && given.size() + 1 != y_axes) given = {};
  const Layout of_y = layout_for(in_time(given, y, *reading.time_axis, y_is), y, y_is, "--y-layout", "");
  const Layout usual = x_axes == y_axes ? of_y : x_axes + 1 == y_axes ? without_time(of_y) : standard_or_none(x_axes);
  return {layout_for(reading.layout, x, x_is, "--layout", usual), of_y};
}

std::pair<Layout, Layout> layouts_for_inputs(const ArrayInfo& x, const std::string& path, const Reading& reading,
                                             int dims, bool repeated) {
  const std::string what = where(path, x.name);
  const std::size_t axes = x.shape.size();
  if (!reading.time_axis || !reading.layout.empty()) {
    const Layout layout = layout_for(reading.layout, x, what, "--layout", standard_or_none(axes));
    const bool lacks = repeated && std::ssize(grid_letters(layout)) + 1 == dims;
    return {layout,
            reading.y_layout.empty() ? layout_after(layout, axes + (lacks ? 1 : 0)) : layout_of(reading.y_layout)};
  }
  // As layouts_of would have it beside targets with time: without time, or with times that are channels.
  const bool one_time = repeated && static_cast<int>(axes) == dims;
  ArrayInfo targets = x;
  if (one_time) targets.shape.push_back(1);
  const Layout of_y = layout_for(in_time({}, targets, *reading.time_axis, what), targets, what, "--layout", "");
  Layout layout = one_time ? without_time(of_y) : of_y;
  if (repeated && !one_time) layout[layout.find('t')] = 'c';
  return {layout, of_y};
}

bool are_trajectories(const ArrayFile& file, const Reading& reading) {
  if (reading.history) return true;
  const bool timed = reading.time_axis || layout_of(reading.layout).find('t') != Layout::npos ||
                     layout_of(reading.y_layout).find('t') != Layout::npos;
  const bool alone = file.names().size() == 1 || has_field(file, reading.x_name) != has_field(file, reading.y_name);
  return timed && alone;
}

FieldPairs read_trajectories(const std::shared_ptr<const ArrayFile>& file, const Reading& reading, bool follow,
                             int dims) {
  const std::string& path = file->path();
  const std::vector<Source> sources = sources_of(*file, reading, reading.history.value_or(1) == 1 ? dims : 0);
  const Source& last = sources.back();
  const std::string space = without_time(grid_letters(last.layout));
  require<ErrorKind::data>(!space.empty() && space.size() <= 3, path, ": found axes ", last.layout,
                           ", accepted for states in time: 1 to 3 of space");
  for (const Source& source : sources) {
    const auto same = [&](char letter) {
      return extent(source.array, source.layout, letter) == extent(last.array, last.layout, letter);
    };
    const std::string own = without_time(grid_letters(source.layout));
    require<ErrorKind::data>(
        std::ranges::is_permutation(own, space) && same('n') && same('c') && std::ranges::all_of(space, same), path,
        ": found x ", host_shape_text(sources.front().array.shape), " as ", sources.front().layout, " and y ",
        host_shape_text(last.array.shape), " as ", last.layout,
        ", accepted for states in time: the same but for time; --layout and --y-layout name the axes");
  }
  require<ErrorKind::config>(reading.stride.fits(space.size()), "--stride: found ", reading.stride.values().size(),
                             " numbers for ", path, ", whose grid has ", space.size(),
                             " axes, accepted: one number, or one an axis");
  FieldPairs states;
  states.path = path;
  states.ends = reading.grid_ends;
  states.samples = extent(last.array, last.layout, 'n');
  states.history = reading.history.value_or(1);
  GridAxes grid = strided(space, space, reading.stride);
  grid.states = true;
  const bool named = !reading.layout.empty() || !reading.y_layout.empty() || reading.time_axis;
  const auto use = [&](const Source& source, bool later) {
    return read_field(file, source.array, {source.layout, grid, named || sources.size() == 1, later});
  };
  if (sources.size() == 1) {
    states.y = use(last, streams(path, reading.streaming, {&last.array}, {&last.layout}));
  } else {
    FieldArray x = use(sources.front(), false);
    states.y = use(last, false);
    const bool twice = repeats(x.values, states.y.values, states.samples);
    if (!twice) {
      states.y.values = joined(x.values, states.y.values, states.samples);
      states.y.least = std::min(states.y.least, x.least);
      states.y.greatest = std::max(states.y.greatest, x.greatest);
    }
    x.converted += (x.converted.empty() ? "" : ", ") +
                   std::string(twice ? "which y begins with: not taken twice" : "the states before those of y");
    x.values = {};
    states.x = std::move(x);
  }
  const std::vector<std::int64_t>& shape = states.y.values.shape();
  states.times = shape[0] / states.samples;
  states.outputs = shape[1];
  states.inputs = states.history * states.outputs;
  states.grid.assign(shape.begin() + 2, shape.end());
  states.grid_axes = space;
  require<ErrorKind::config>(states.following() >= (follow ? 1 : 0), "--history: found ", states.history,
                             ", accepted with the ", states.times, states.times == 1 ? " state" : " states",
                             " of each sample of ", path, follow ? ": less than that" : ": at most that",
                             "; --time-axis or --layout says which axis is time");
  if (reading.layout.empty() && reading.y_layout.empty()) {
    std::vector<std::int64_t> read = shape;
    read[0] = states.samples;
    const std::string notice = suspicion(path, states.y, read, "trajectories", "--layout");
    if (!notice.empty()) states.notices.push_back(notice);
  }
  states.sha256 = sha256_hex_of_file(path);
  return states;
}

}  // namespace fno::operators
