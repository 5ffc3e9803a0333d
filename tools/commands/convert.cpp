// Writes arrays of any file that can be read as NPZ or HDF5, a few samples at a time.
#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "framework/error.h"
#include "tools/commands/command.h"
#include "tools/files/formats/create_array_file.h"
#include "tools/files/formats/open_array_file.h"
#include "tools/files/in_quotes.h"
#include "tools/files/one_line.h"

namespace fno {
namespace {

using Order = std::vector<std::size_t>;

struct ConvertOptions : settings::CommonOptions {
  std::vector<std::string> paths, arrays;
  std::optional<std::string> data, output;
  std::string axes;
  bool compress = false, force = false;
};

// "0,2,1": a permutation. Empty where the text is none.
Order order_of(const std::string& text) {
  Order order;
  for (const char *at = text.data(), *end = at + text.size(); at < end;) {
    std::size_t axis = 0;
    const auto [behind, error] = std::from_chars(at, end, axis);
    if (error != std::errc{} || (behind != end && (*behind != ',' || behind + 1 == end))) return {};
    order.push_back(axis);
    at = behind == end ? end : behind + 1;
  }
  for (std::size_t axis = 0; axis < order.size(); ++axis)
    if (std::ranges::find(order, axis) == order.end()) return {};
  return order;
}

std::vector<settings::Row<ConvertOptions>> rows() {
  using O = ConvertOptions;
  using settings::flag;
  return settings::with_common<O>({
      flag<O, &O::paths>({.key = "path",
                          .rule = settings::path(),
                          .help = "the file to read and the file to write, which ends in .npz, .h5 or .hdf5",
                          .metavar = "IN OUT",
                          .fallback_text = "--data and --output",
                          .positional = true,
                          .repeatable = true}),
      flag<O, &O::data>({.key = "data",
                         .rule = settings::path(),
                         .help = "the same as IN",
                         .metavar = "FILE",
                         .fallback_text = "IN"}),
      flag<O, &O::output>({.key = "output",
                           .rule = settings::path(),
                           .help = "the same as OUT",
                           .metavar = "FILE",
                           .fallback_text = "OUT"}),
      flag<O, &O::arrays>({.key = "array",
                           .rule = settings::path(),
                           .help = "take this array, under another name if one is given",
                           .metavar = "NAME[=NEW]",
                           .fallback_text = "every array, repeatable",
                           .repeatable = true}),
      flag<O, &O::axes>({.key = "axes",
                         .rule = settings::text([](const std::string& text) { return !order_of(text).empty(); },
                                                "a permutation of axes, as 0,3,1,2"),
                         .help = "the axes of IN in the order of OUT, for arrays that have as many",
                         .metavar = "I,J,..",
                         .fallback_text = "as they are"}),
      flag<O, &O::compress>({.key = "compress", .rule = settings::toggle(), .help = "deflate OUT"}),
      flag<O, &O::force>({.key = "force", .rule = settings::toggle(), .help = "replace OUT where it exists"}),
  });
}

// Names in IN and in OUT. Without --array all that can be read; the single array of an NPY file is called x.
std::vector<std::pair<std::string, std::string>> chosen(const ArrayFile& file, const ConvertOptions& options) {
  std::vector<std::pair<std::string, std::string>> names;
  for (const std::string& text : options.arrays) {
    const std::size_t equals = file.contains(text) ? std::string::npos : text.rfind('=');
    const std::string name = text.substr(0, equals);
    names.emplace_back(name, equals == std::string::npos ? name : text.substr(equals + 1));
  }
  if (options.arrays.empty())
    for (const std::string& name : file.names())
      if (file.info(name).type) names.emplace_back(name, name);
  std::set<std::string> used;
  for (auto& [name, out] : names) {
    if (out.starts_with('/')) out.erase(0, 1);
    if (out.empty()) out = "x";
    require<ErrorKind::config>(used.insert(out).second, "--array: found ", in_quotes(out),
                               " twice, accepted: each name in OUT once");
    (void)file.info(name);  // an array that is missing is an error before anything is written
  }
  require<ErrorKind::data>(!names.empty(), file.path(), ": found no array that can be read");
  return names;
}

// Copies one array and returns its shape in OUT.
std::vector<std::int64_t> copy(const ArrayFile& file, const std::string& name, ArrayWriter& writer,
                               const std::string& out, const Order& axes) {
  const ArrayInfo info = file.info(name);
  const bool permute = !axes.empty() && axes.size() == info.shape.size();
  const bool whole = info.shape.empty() || !info.type || info.type == HostType::text || (permute && axes[0] != 0);
  if (whole) {
    HostArray array = file.read(name);
    if (permute) array = permuted(array, axes);
    writer.begin(out, array);
    writer.append(array.bytes);
    return array.shape;
  }
  // Where a few samples cost as much as all, many at a time.
  constexpr std::int64_t kPiece = 16 << 20, kLargePiece = 1 << 30;
  HostArray like{*info.type, info.shape, {}, 0};
  if (permute)
    for (std::size_t axis = 0; axis < axes.size(); ++axis) like.shape[axis] = info.shape[axes[axis]];
  writer.begin(out, like);
  const std::int64_t samples = info.shape[0];
  const std::int64_t row = std::max<std::int64_t>(
      1, checked_bytes(*info.type, 0, info.shape).value_or(0) / std::max<std::int64_t>(samples, 1));
  const std::int64_t step = std::max<std::int64_t>(1, (info.fortran_order ? kLargePiece : kPiece) / row);
  for (std::int64_t first = 0; first < samples; first += step) {
    const HostArray part = file.read_range(name, first, std::min(step, samples - first));
    writer.append(permute ? permuted(part, axes).bytes : part.bytes);
  }
  return like.shape;
}

int run(Call& call) {
  const auto options = options_of(call, rows());
  std::vector<std::string> paths = options.paths;
  if (options.data) paths.insert(paths.begin(), *options.data);
  if (options.output) paths.push_back(*options.output);
  require<ErrorKind::config>(paths.size() == 2, "fno convert: found ", paths.size(),
                             " files, accepted: --data FILE --output FILE, or IN OUT");
  const std::string &in = paths[0], &out_path = paths[1];
  const Order axes = order_of(options.axes);
  const auto file = open_array_file(in);
  const auto names = chosen(*file, options);
  require_new_array_file(out_path, "OUT", options.force);
  const auto writer = create_array_file(out_path, "OUT", options.compress);
  nlohmann::ordered_json arrays = nlohmann::ordered_json::array(), left_out = nlohmann::ordered_json::array();
  for (const auto& [name, out] : names) {
    const auto shape = copy(*file, name, *writer, out, axes);
    arrays.push_back({{"name", out}, {"type", file->info(name).type_name()}, {"shape", shape}});
    if (!options.json && !options.quiet)
      fmt::print("  {:<40} {:<10} {}\n", one_line(out), file->info(name).type_name(), host_shape_text(shape));
  }
  writer->finish();
  if (options.arrays.empty())
    for (const std::string& name : file->names())
      if (!file->info(name).type) left_out.push_back(name);
  if (options.json) {
    fmt::print("{}\n", nlohmann::ordered_json{{"file", out_path}, {"arrays", arrays}, {"left_out", left_out}}.dump());
  } else {
    if (!left_out.empty()) fmt::print("left out, not readable here: {}\n", left_out.dump());
    fmt::print("wrote {}\n", one_line(out_path));
  }
  return 0;
}

}  // namespace

extern const Command kConvert{.name = "convert",
                              .summary = "writes the arrays of any data file as NPZ or HDF5",
                              .flags = [] { return settings::infos(rows()); },
                              .run = run};

}  // namespace fno
