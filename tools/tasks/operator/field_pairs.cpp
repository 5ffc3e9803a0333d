#include "tools/tasks/operator/field_pairs.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "framework/error.h"
#include "tools/files/formats/open_array_file.h"
#include "tools/files/in_quotes.h"
#include "tools/files/sha256.h"
#include "tools/report/text.h"
#include "tools/training/json_values.h"

namespace fno::operators {
namespace {

using Extents = std::vector<std::int64_t>;

std::string where(const std::string& path, const std::string& name) { return path + ": array '" + name + "'"; }

bool is_complex_type(HostType type) { return type == HostType::c64 || type == HostType::c128; }
bool is_floating(HostType type) {
  return type == HostType::f16 || type == HostType::f32 || type == HostType::f64 || is_complex_type(type);
}

// That of an NPY file has no name.
bool has_one_nameless(const ArrayFile& file) { return file.names().size() == 1 && file.names().front().empty(); }

ArrayInfo find_array(const ArrayFile& file, const std::string& name, const char* flag) {
  if (!file.contains(name)) {
    std::string found;
    for (const std::string& other : file.names()) found += (found.empty() ? "" : ", ") + std::string(in_quotes(other));
    fail(ErrorKind::data, file.path(), ": found no array '", name, "' but ", found.empty() ? "none at all" : found,
         ", accepted: arrays x and y, or others named by ", flag);
  }
  return file.info(name);
}

void check_type(const ArrayInfo& header, const std::string& what, bool integers) {
  const bool accepted = header.type && *header.type != HostType::text && (integers || is_floating(*header.type));
  require<ErrorKind::data>(accepted, what, ": found type ", header.type_name(),
                           ", accepted: float16, float32, float64, complex64, complex128",
                           integers ? ", integers, bool" : "");
  require<ErrorKind::data>(std::ranges::all_of(header.shape, [](std::int64_t n) { return n > 0; }), what,
                           ": found shape ", host_shape_text(header.shape), ", accepted: at least 1 along every axis");
}

// What stands for (samples, channels, n1 …) where nobody said otherwise: y may have an axis of time more.
Layout layout_for(const std::string& given, const ArrayInfo& header, const std::string& what, const char* flag,
                  const Layout& fallback) {
  const Layout layout = given.empty() ? fallback : layout_of(given);
  require<ErrorKind::data>(
      !layout.empty(), what, ": found shape ", host_shape_text(header.shape),
      ", accepted: (samples, channels, n1), (…, n1, n2) or (…, n1, n2, n3), or other axes named by ", flag);
  require<ErrorKind::data>(layout.size() == header.shape.size(), what, ": found shape ", host_shape_text(header.shape),
                           ", accepted with ", flag, " ", layout, ": ", layout.size(), " axes");
  return layout;
}

Layout standard_or_none(std::size_t axes) { return axes >= 3 && axes <= 5 ? standard_layout(axes) : Layout(); }

Layout x_layout(const Reading& reading, const ArrayInfo& x, const std::string& what) {
  return layout_for(reading.layout, x, what, "--layout", standard_or_none(x.shape.size()));
}

// The letters of `layout` in the grid that `other` lacks.
std::string new_axes(const Layout& layout, const Layout& other) {
  std::string more;
  std::ranges::copy_if(grid_letters(layout), std::back_inserter(more),
                       [&](char c) { return other.find(c) == std::string::npos; });
  return more;
}

// That of x, with an axis of time in front of the grid where y has one axis more.
Layout layout_after(const Layout& x, std::size_t axes) {
  if (axes == x.size()) return x;
  if (axes != x.size() + 1 || x.find('t') != std::string::npos || grid_letters(x).size() == 3)
    return standard_or_none(axes);
  Layout y = x;
  y.insert(x.find(grid_letters(x).front()), 1, 't');
  return y;
}

std::string index_text(std::int64_t flat, const Extents& shape) {
  Extents index(shape.size());
  for (std::size_t axis = shape.size(); axis-- > 0; flat /= shape[axis]) index[axis] = flat % shape[axis];
  return host_shape_text(index);
}

constexpr const char* kParts[] = {".re", ".im"};  // end the names of channels that are parts of complex numbers

// The same numbers, a last axis of two: real and imaginary part.
HostArray taken_apart(HostArray array) {
  if (!is_complex_type(array.type)) return array;
  array.type = array.type == HostType::c64 ? HostType::f32 : HostType::f64;
  array.shape.push_back(2);
  return array;
}

// Widens the range and refuses what is not finite; element 0 of `array`, which is as the file has it but for complex
// numbers taken apart, is element `before` of all.
void survey(FieldArray& field, const HostArray& array, std::int64_t before, const std::string& what) {
  for_chunks(array, 0, array.count(), [&](std::int64_t first, std::span<const double> values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double v = values[i];
      if (!std::isfinite(v)) {
        const std::int64_t flat = before + first + static_cast<std::int64_t>(i);
        const bool pairs = array.shape.size() > field.stored.shape.size();
        fail(ErrorKind::data, what, ": found ", training::not_finite_name(v), " at index ",
             index_text(pairs ? flat / 2 : flat, field.stored.shape), ", accepted: finite numbers");
      }
      field.least = std::min(field.least, v);
      field.greatest = std::max(field.greatest, v);
    }
  });
}

// Of an array whose first axis is that of samples.
FieldValues read_later(FieldArray& field, const std::shared_ptr<const ArrayFile>& file, const ArrayInfo& header,
                       const Layout& layout, const std::string& grid, const std::string& what) {
  const std::int64_t samples = header.shape[0];
  const auto raw = [file, name = header.name](std::int64_t first, std::int64_t count) {
    return taken_apart(file->read_range(name, first, count));
  };
  HostArray first = raw(0, 1);
  const std::int64_t size = first.count();
  const std::int64_t step = samples_of_block(static_cast<std::int64_t>(first.bytes.size()));
  for (std::int64_t s = 0; s < samples; s += step) survey(field, raw(s, std::min(step, samples - s)), s * size, what);
  first = arranged(std::move(first), layout, grid);
  first.shape[0] = samples;
  return {[raw, layout, grid](std::int64_t s, std::int64_t count) { return arranged(raw(s, count), layout, grid); },
          first.type, first.shape};
}

FieldArray read_field(const std::shared_ptr<const ArrayFile>& file, const ArrayInfo& header, const Layout& layout,
                      const std::string& grid, bool named, bool later) {
  const std::string what = where(file->path(), header.name);
  const std::string called = header.name.empty() ? "x" : header.name;
  FieldArray field{.stored = {called, std::string(name_of(*header.type)), header.shape}, .axes = layout};
  field.least = std::numeric_limits<double>::infinity();
  field.greatest = -field.least;
  if (later) {
    field.values = read_later(field, file, header, layout, grid, what);
  } else {
    HostArray array = taken_apart(file->read(header.name));
    survey(field, array, 0, what);
    field.values = FieldValues(arranged(std::move(array), layout, grid));
  }
  const bool complex = is_complex_type(*header.type);
  const std::int64_t channels = field.values.shape()[1], fields = complex ? channels / 2 : channels;
  for (std::int64_t c = 0; c < channels; ++c) {
    std::string name = called;
    if (fields > 1) name += std::to_string(complex ? c / 2 : c);
    if (complex) name += kParts[c % 2];
    field.channels.push_back(name);
  }
  const auto note = [&](const std::string& words) { field.converted += (field.converted.empty() ? "" : ", ") + words; };
  if (complex) note("real and imaginary parts as channels");
  if (named) note("axes " + layout);
  if (header.fortran_order) note("Fortran order");
  if (later) note("read batch by batch");
  return field;
}

// Whether x and y are read batch by batch.
bool streams(const std::string& path, const Reading& reading, std::initializer_list<const ArrayInfo*> arrays,
             std::initializer_list<const Layout*> layouts) {
  if (reading.streaming == Streaming::off) return false;
  std::string why_not;
  if (!array_format_of(path)->any_range) why_not = "a file of its format is read from its beginning";
  for (const Layout* layout : layouts)
    if (layout->front() != 'n') why_not = "samples are not the first axis";
  double bytes = 0;
  for (const ArrayInfo* array : arrays) {
    if (array->fortran_order) why_not = "array '" + array->name + "' is in Fortran order";
    bytes +=
        4.0 * static_cast<double>(checked_count(array->shape).value_or(0)) * (is_complex_type(*array->type) ? 2 : 1);
  }
  if (reading.streaming == Streaming::on)
    require<ErrorKind::config>(why_not.empty(), "--streaming: found on, for ", path, ", where ", why_not,
                               ", accepted: auto, off, or that file as HDF5 (fno convert)");
  constexpr double kMostHeld = 512.0 * (1 << 20);
  return why_not.empty() && (reading.streaming == Streaming::on || bytes > kMostHeld);
}

std::string range_text(double least, double greatest) {
  constexpr int kFewest = 4, kMost = 17;
  for (int digits = kFewest;; ++digits) {
    const std::string low = report::format_number(least, digits), high = report::format_number(greatest, digits);
    if (low != high) return low + " to " + high;
    if (digits == kMost || least == greatest) return "all " + low;
  }
}

std::string field_text(const FieldArray& field) {
  const std::size_t channels = field.channels.size();
  std::string text = std::to_string(channels) + (channels == 1 ? " channel" : " channels");
  if (channels > 1) {
    text += " (";
    constexpr std::size_t kShown = 4;
    for (std::size_t c = 0; c < std::min(channels, kShown); ++c) text += (c == 0 ? "" : ", ") + field.channels[c];
    text += channels > kShown ? ", …)" : ")";
  }
  text += ", " + field.stored.type + ", " + range_text(field.least, field.greatest);
  return field.converted.empty() ? text : text + ", " + field.converted;
}

// What people bring by mistake: no axis of channels, channels last, one simulation of many steps.
void notice_suspicion(FieldPairs& pairs, const FieldArray& field, const char* flag) {
  const Extents& shape = field.values.shape();
  const std::int64_t samples = shape[0], channels = shape[1], least = *std::min_element(shape.begin() + 2, shape.end());
  std::string why;
  if (channels > 1 && channels >= least)
    why = "no fewer channels than points along an axis";
  else if (channels > 1 && samples <= channels)
    why = "no more samples than channels";
  else if (least == 1)
    why = "an axis of one point";
  if (why.empty()) return;
  const Extents grid(shape.begin() + 2, shape.end());
  pairs.notices.push_back(pairs.path + ": array '" + field.stored.name + "' " + host_shape_text(field.stored.shape) +
                          " was read as " + std::to_string(samples) + " samples of " + std::to_string(channels) +
                          " channels on a grid of " + grid_text(grid) + ", " + why +
                          ": if that is not meant, name its axes with " + flag +
                          ", such as nhw without channels or nhwc with channels last");
}

}  // namespace

std::int64_t FieldShape::points() const {
  std::int64_t n = 1;
  for (const std::int64_t extent : grid) n *= extent;
  return n;
}

std::string grid_text(std::span<const std::int64_t> grid) {
  std::string text;
  for (const std::int64_t n : grid) text += (text.empty() ? "" : " x ") + std::to_string(n);
  return text;
}

bool are_complex(const std::vector<std::string>& channels) {
  bool complex = !channels.empty() && channels.size() % 2 == 0;
  for (std::size_t c = 0; c < channels.size(); ++c) complex = complex && channels[c].ends_with(kParts[c % 2]);
  return complex;
}

std::string FieldPairs::text() const {
  std::string line = path + ": " + std::to_string(samples) + (samples == 1 ? " sample" : " samples") + ", grid " +
                     grid_text(grid) + "; " + x.stored.name + ": " + field_text(x);
  if (repeats_x()) line += ", repeated along the first axis";
  return has_targets() ? line + "; " + y.stored.name + ": " + field_text(y) : line;
}

FieldPairs read_field_pairs(const std::string& path, const Reading& reading) {
  const std::shared_ptr<const ArrayFile> opened = open_array_file(path);
  const ArrayFile& file = *opened;
  const ArrayInfo x = find_array(file, reading.x_name, "--x-name"), y = find_array(file, reading.y_name, "--y-name");
  const std::string x_is = where(path, x.name), y_is = where(path, y.name);
  check_type(x, x_is, true);
  check_type(y, y_is, false);
  const Layout x_axes = x_layout(reading, x, x_is);
  const Layout y_axes = layout_for(reading.y_layout, y, y_is, "--y-layout", layout_after(x_axes, y.shape.size()));

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

  FieldPairs pairs;
  pairs.path = path;
  const bool later = streams(path, reading, {&x, &y}, {&x_axes, &y_axes});
  pairs.y = read_field(opened, y, y_axes, grid, !reading.y_layout.empty() || !reading.layout.empty(), later);
  pairs.x = read_field(opened, x, x_axes, x_grid, !reading.layout.empty(), later);
  pairs.samples = samples;
  pairs.inputs = pairs.x.values.shape()[1];
  pairs.outputs = pairs.y.values.shape()[1];
  pairs.grid.assign(pairs.y.values.shape().begin() + 2, pairs.y.values.shape().end());
  pairs.grid_axes = grid;
  if (reading.layout.empty()) notice_suspicion(pairs, pairs.x, "--layout");
  if (reading.layout.empty() && reading.y_layout.empty() && pairs.y.stored.shape != pairs.x.stored.shape)
    notice_suspicion(pairs, pairs.y, "--y-layout");
  pairs.sha256 = sha256_hex_of_file(path);
  return pairs;
}

FieldPairs read_inputs(const std::string& path, const Reading& reading, bool needs_targets,
                       const training::ModelDescription& network, const std::string& whose) {
  const std::shared_ptr<const ArrayFile> file = open_array_file(path);
  FieldPairs pairs;
  if (needs_targets || file->contains(reading.y_name)) {
    pairs = read_field_pairs(path, reading);
    require_channels(pairs, network.config.in, network.config.out, network.config.dims, whose);
    return pairs;
  }
  const ArrayInfo x = has_one_nameless(*file) ? file->info("") : find_array(*file, reading.x_name, "--x-name");
  const std::string what = where(path, x.name);
  check_type(x, what, true);
  const Layout axes = x_layout(reading, x, what);
  const std::string grid = grid_letters(axes);
  const bool repeated = network.repeats_input && std::ssize(grid) + 1 == network.config.dims;
  pairs.path = path;
  pairs.y.axes =
      reading.y_layout.empty() ? layout_after(axes, axes.size() + (repeated ? 1 : 0)) : layout_of(reading.y_layout);
  const std::string more = new_axes(pairs.y.axes, axes);
  require<ErrorKind::data>(
      std::ssize(more) == (repeated ? 1 : 0) && grid_letters(pairs.y.axes).size() == grid.size() + more.size(), path,
      ": found inputs of axes ", axes, " for targets of axes ", pairs.y.axes,
      ", accepted: the same grid; --layout and --y-layout name the axes");
  pairs.x = read_field(file, x, axes, grid, !reading.layout.empty(), streams(path, reading, {&x}, {&axes}));
  const Extents& shape = pairs.x.values.shape();
  pairs.samples = shape[0];
  pairs.inputs = shape[1];
  pairs.outputs = network.config.out;
  pairs.grid.assign(shape.begin() + 2, shape.end());
  if (repeated) pairs.grid.insert(pairs.grid.begin(), network.grid.front());
  pairs.grid_axes = more + grid;
  pairs.y.channels = network.output_channels;
  for (std::int64_t c = std::ssize(pairs.y.channels); c < pairs.outputs; ++c)  // of files of earlier versions
    pairs.y.channels.push_back(reading.y_name + (pairs.outputs > 1 ? std::to_string(c) : ""));
  if (reading.layout.empty()) notice_suspicion(pairs, pairs.x, "--layout");
  pairs.sha256 = sha256_hex_of_file(path);
  require_channels(pairs, network.config.in, network.config.out, network.config.dims, whose);
  return pairs;
}

void require_channels(const FieldPairs& data, std::int64_t inputs, std::int64_t outputs, int dims,
                      const std::string& whose) {
  require<ErrorKind::data>(data.inputs == inputs && data.outputs == outputs && data.dims() == dims, data.path,
                           ": found ", data.inputs, " input and ", data.outputs, " output channels in ", data.dims(),
                           " dimensions, accepted: ", inputs, " and ", outputs, " in ", dims, ", as ", whose, " has");
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
