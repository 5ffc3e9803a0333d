#include "tools/tasks/operator/field_array.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "framework/error.h"
#include "tools/files/formats/open_array_file.h"
#include "tools/files/in_quotes.h"
#include "tools/report/text.h"
#include "tools/training/json_values.h"

namespace fno::operators {
namespace {

using Extents = std::vector<std::int64_t>;

bool is_complex_type(HostType type) { return type == HostType::c64 || type == HostType::c128; }
bool is_floating(HostType type) {
  return type == HostType::f16 || type == HostType::f32 || type == HostType::f64 || is_complex_type(type);
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

// "stride 5 of 421 x 421 points"; empty where all are taken.
std::string stride_text(const GridAxes& grid, const ArrayInfo& header, const Layout& layout) {
  if (std::ranges::all_of(grid.stride, [](std::int64_t k) { return k == 1; })) return {};
  Extents stored;
  for (const char letter : grid.letters) stored.push_back(header.shape[layout.find(letter)]);
  const bool alike = std::ranges::count(grid.stride, grid.stride.front()) == std::ssize(grid.stride);
  std::string text = "stride ";
  for (std::size_t axis = 0; axis < (alike ? 1 : grid.stride.size()); ++axis)
    text += (axis == 0 ? "" : ",") + std::to_string(grid.stride[axis]);
  return text + " of " + grid_text(stored) + " points";
}

// Rows first … first + count - 1 along the leading axis.
HostArray some_rows(const HostArray& array, std::int64_t first, std::int64_t count) {
  const std::int64_t bytes = std::ssize(array.bytes) / array.shape[0];
  HostArray part{.type = array.type, .shape = array.shape, .bytes = {}};
  part.shape[0] = count;
  part.bytes.assign(array.bytes.begin() + first * bytes, array.bytes.begin() + (first + count) * bytes);
  return part;
}

// Of an array whose first axis is that of samples.
FieldValues read_later(FieldArray& field, const std::shared_ptr<const ArrayFile>& file, const ArrayInfo& header,
                       const Layout& layout, const GridAxes& grid, const std::string& what) {
  const std::int64_t samples = header.shape[0];
  const std::int64_t rows = grid.states ? header.shape[layout.find('t')] : 1;  // a sample
  const auto raw = [file, name = header.name](std::int64_t first, std::int64_t count) {
    return taken_apart(file->read_range(name, first, count));
  };
  HostArray first = raw(0, 1);
  const std::int64_t size = first.count();
  const std::int64_t step = samples_of_block(static_cast<std::int64_t>(first.bytes.size()));
  for (std::int64_t s = 0; s < samples; s += step) survey(field, raw(s, std::min(step, samples - s)), s * size, what);
  first = arranged(std::move(first), layout, grid);
  first.shape[0] = samples * rows;
  const auto read = [raw, layout, grid, rows](std::int64_t row, std::int64_t count) {
    const std::int64_t s = row / rows, end = (row + count + rows - 1) / rows;
    HostArray part = arranged(raw(s, end - s), layout, grid);
    return count == part.shape[0] ? part : some_rows(part, row - s * rows, count);
  };
  return {read, first.type, first.shape};
}

std::string range_text(double least, double greatest) {
  constexpr int kFewest = 4, kMost = 17;
  for (int digits = kFewest;; ++digits) {
    const std::string low = report::format_number(least, digits), high = report::format_number(greatest, digits);
    if (low != high) return low + " to " + high;
    if (digits == kMost || least == greatest) return "all " + low;
  }
}

}  // namespace

std::string where(const std::string& path, const std::string& name) { return path + ": array '" + name + "'"; }

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

bool has_one_nameless(const ArrayFile& file) { return file.names().size() == 1 && file.names().front().empty(); }

ArrayInfo find_array(const ArrayFile& file, const std::string& name, const char* flag) {
  if (!file.contains(name)) {
    if (has_one_nameless(file)) (void)file.info("");  // what is damaged says so
    require<ErrorKind::data>(
        !has_one_nameless(file), file.path(), ": found one array without a name, accepted: with ",
        "--targets Y.npy (--test-targets for --test-data) for pairs, --time-axis for states in time");
    std::string found;
    for (const std::string& other : file.names()) found += (found.empty() ? "" : ", ") + std::string(in_quotes(other));
    fail(ErrorKind::data, file.path(), ": found no array '", name, "' but ", found.empty() ? "none at all" : found,
         ", accepted: arrays x and y, or others named by ", flag, "; --time-axis for one of states in time");
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

GridAxes strided(const std::string& letters, const std::string& grid, const PerAxis<int>& stride) {
  GridAxes axes{letters, {}};
  for (const char letter : letters) axes.stride.push_back(stride.of(grid.find(letter)));
  return axes;
}

FieldArray read_field(const std::shared_ptr<const ArrayFile>& file, const ArrayInfo& header, const ArrayUse& use) {
  const auto& [layout, grid, named, later] = use;
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
  if (const std::string text = stride_text(grid, header, layout); !text.empty()) note(text);
  if (header.fortran_order) note("Fortran order");
  if (later) note("read batch by batch");
  return field;
}

std::string FieldArray::text() const {
  const std::size_t count = channels.size();
  std::string line = std::to_string(count) + (count == 1 ? " channel" : " channels");
  if (count > 1) {
    line += " (";
    constexpr std::size_t kShown = 4;
    for (std::size_t c = 0; c < std::min(count, kShown); ++c) line += (c == 0 ? "" : ", ") + channels[c];
    line += count > kShown ? ", …)" : ")";
  }
  line += ", " + stored.type + ", " + range_text(least, greatest);
  return converted.empty() ? line : line + ", " + converted;
}

std::string suspicion(const std::string& path, const FieldArray& field, const std::vector<std::int64_t>& shape,
                      const std::string& of, const char* flag) {
  const std::int64_t samples = shape[0], channels = shape[1], least = *std::min_element(shape.begin() + 2, shape.end());
  std::string why;
  if (channels > 1 && channels >= least)
    why = "no fewer channels than points along an axis";
  else if (channels > 1 && samples <= channels)
    why = "no more samples than channels";
  else if (least == 1)
    why = "an axis of one point";
  if (why.empty()) return {};
  const Extents grid(shape.begin() + 2, shape.end());
  return path + ": array '" + field.stored.name + "' " + host_shape_text(field.stored.shape) + " was read as " +
         std::to_string(samples) + " " + of + " of " + std::to_string(channels) + " channels on a grid of " +
         grid_text(grid) + ", " + why + ": if that is not meant, name its axes with " + flag +
         ", such as nhw without channels or nhwc with channels last";
}

bool streams(const std::string& path, Streaming streaming, std::initializer_list<const ArrayInfo*> arrays,
             std::initializer_list<const Layout*> layouts) {
  if (streaming == Streaming::off) return false;
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
  if (streaming == Streaming::on)
    require<ErrorKind::config>(why_not.empty(), "--streaming: found on, for ", path, ", where ", why_not,
                               ", accepted: auto, off, or that file as HDF5 (fno convert)");
  constexpr double kMostHeld = 512.0 * (1 << 20);
  return why_not.empty() && (streaming == Streaming::on || bytes > kMostHeld);
}

}  // namespace fno::operators
