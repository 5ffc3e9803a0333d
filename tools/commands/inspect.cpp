#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "framework/error.h"
#include "tools/commands/command.h"
#include "tools/files/checkpoint_file.h"
#include "tools/files/formats/open_array_file.h"
#include "tools/files/json_file.h"
#include "tools/files/one_line.h"

namespace fno {
namespace {

namespace fs = std::filesystem;

// What is meant by the names, where they are those of a known collection of data.
std::string layout_of(const ArrayFile& file) {
  const auto& names = file.names();
  const auto any = [&](std::string_view prefix) {
    return std::ranges::any_of(names, [&](const std::string& name) { return name.starts_with(prefix); });
  };
  if (any("t0_fields/") || any("t1_fields/"))
    return "The Well: fields (trajectories, times, space …, components …), scalars in t0_fields, vectors in t1_fields, "
           "tensors in t2_fields";
  if (file.contains("x-coordinate") && file.contains("tensor")) return "PDEBench: tensor (samples, times, space …)";
  if (file.contains("x-coordinate") && file.contains("t-coordinate"))
    return "PDEBench: an array a field, (samples, times, space …)";
  if (file.contains("a") && file.contains("u"))
    return "the FNO paper's: inputs a (samples, space …), solutions u, with times behind where it has them";
  return {};
}

Json inspect_arrays(const std::string& path, const ArrayFormat& format) {
  const auto file = format.open(path);
  Json result{{"file", path}, {"kind", format.name}};
  if (const auto metadata = file->metadata(); !metadata.empty()) result["metadata"] = metadata;
  if (const std::string layout = layout_of(*file); !layout.empty()) result["layout"] = layout;
  Json& arrays = result["arrays"] = Json::array();
  for (const std::string& name : file->names()) {
    const ArrayInfo array = file->info(name);
    arrays.push_back({{"name", array.name},
                      {"type", array.type ? std::string(name_of(*array.type)) : "not readable here"},
                      {"shape", array.shape}});
  }
  return result;
}

Json inspect_checkpoint(const std::string& path) {
  Json sections = Json::array();
  for (const Section& section : read_checkpoint_file(path))
    sections.push_back({{"name", section.name}, {"bytes", section.bytes.size()}});
  return {{"file", path}, {"kind", "checkpoint"}, {"sections", sections}};
}

// What a person asks of a run first: what it was, how it ended, what it reached.
Json inspect_run(const fs::path& run) {
  const Json manifest = read_json(run / "manifest.json");
  Json result{{"run", run.string()}, {"kind", "run"}, {"manifest", manifest}};
  if (fs::exists(run / "metrics.json")) result["metrics"] = read_json(run / "metrics.json");
  Json files = Json::array();
  for (const auto& entry : fs::recursive_directory_iterator(run))
    if (entry.is_regular_file())
      files.push_back({{"name", fs::relative(entry.path(), run).string()}, {"bytes", entry.file_size()}});
  result["files"] = files;
  return result;
}

std::string shape_text(const Json& shape) {
  std::string text = "(";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i].get<std::int64_t>());
  return text + ")";
}

constexpr std::size_t kNameColumn = 26, kWidth = 100;

// The name in its column, then the words, broken at blanks.
void print_words(const std::string& name, const std::string& words) {
  std::string line = "  " + name;
  line.resize(std::max(line.size() + 1, kNameColumn), ' ');
  bool fresh = true;
  std::istringstream stream(words);
  for (std::string word; stream >> word; fresh = false) {
    if (!fresh && line.size() + 1 + word.size() > kWidth) {
      fmt::print("{}\n", line);
      line.assign(kNameColumn, ' ');
      fresh = true;
    }
    line += (fresh ? "" : " ") + word;
  }
  fmt::print("{}\n", line);
}

std::string scalar_text(const Json& value) {
  if (value.is_number_float()) return fmt::format("{:.6g}", value.get<double>());
  return value.is_string() ? one_line(value.get<std::string>()) : value.dump();
}

// A list as its values where they are few, words one behind the other, long lists of numbers by their length.
std::string list_text(const Json& list) {
  constexpr std::size_t kMost = 6;
  const bool words = !list.empty() && std::ranges::all_of(list, [](const Json& v) { return v.is_string(); });
  std::string text;
  for (const Json& value : list) {
    if (value.is_structured() || (!words && list.size() > kMost)) return std::to_string(list.size()) + " values";
    text += (text.empty() ? "" : words ? " " : ", ") + scalar_text(value);
  }
  return words ? text : "(" + text + ")";
}

bool is_flat(const Json& value) {
  return value.is_object() ? std::ranges::none_of(value, [](const Json& v) { return v.is_object(); })
                           : std::ranges::none_of(value, [](const Json& v) { return v.is_structured(); });
}

// One line a value or group of values; deeper groups under names of their own.
void print_value(const std::string& name, const Json& value) {
  if (!value.is_structured()) return print_words(name, scalar_text(value));
  if (value.is_array() && (is_flat(value) || value.size() > 8)) return print_words(name, list_text(value));
  if (value.is_object() && is_flat(value)) {
    std::string text;
    for (const auto& [key, member] : value.items())
      text += (text.empty() ? "" : ", ") + key + " " + (member.is_array() ? list_text(member) : scalar_text(member));
    return print_words(name, text);
  }
  std::size_t index = 0;
  for (const auto& [key, member] : value.items())
    print_value(value.is_array() ? name + "[" + std::to_string(index++) + "]" : name + "." + key, member);
}

void print(const Json& result) {
  fmt::print("{}: {}\n", one_line(result.value("file", result.value("run", ""))), result["kind"].get<std::string>());
  if (result.contains("layout")) fmt::print("  layout of {}\n", result["layout"].get<std::string>());
  if (result.contains("metadata"))
    for (const auto& [key, value] : result["metadata"].items())
      fmt::print("  {} = {}\n", one_line(key), one_line(value.get<std::string>()));
  if (result.contains("arrays"))
    for (const Json& row : result["arrays"])
      fmt::print("  {:<40} {:<10} {}\n", one_line(row["name"].get<std::string>()), row["type"].get<std::string>(),
                 shape_text(row["shape"]));
  if (result.contains("sections"))
    for (const Json& row : result["sections"])
      fmt::print("  {:<40} {:>12} bytes\n", one_line(row["name"].get<std::string>()), row["bytes"].get<std::int64_t>());
  for (const char* part : {"manifest", "metrics"})
    if (result.contains(part))
      for (const auto& [key, value] : result[part].items()) print_value(key, value);
  if (result.contains("files"))
    for (const Json& row : result["files"])
      fmt::print("  {:<40} {:>12} bytes\n", one_line(row["name"].get<std::string>()), row["bytes"].get<std::int64_t>());
}

Json inspect(const fs::path& path) {
  require<ErrorKind::data>(fs::exists(path), path.string(), ": no such file or run");
  if (fs::is_directory(path)) {
    require<ErrorKind::data>(fs::exists(path / "manifest.json"), path.string(),
                             ": a folder without manifest.json is not a run");
    return inspect_run(path);
  }
  if (path.extension() == ".ckpt") return inspect_checkpoint(path.string());
  if (const ArrayFormat* format = array_format_of(path.string())) return inspect_arrays(path.string(), *format);
  std::string accepted;
  for (const ArrayFormat& format : array_formats()) accepted += std::string(format.extension) + ", ";
  fail(ErrorKind::config, "fno inspect: found ", path.filename().string(), "; accepted are ", accepted,
       ".ckpt and run folders");
}

struct InspectOptions : settings::CommonOptions {
  std::string path;
};

std::vector<settings::Row<InspectOptions>> rows() {
  using O = InspectOptions;
  return settings::with_common<O>({settings::flag<O, &O::path>({.key = "path",
                                                                .rule = settings::path(),
                                                                .help = "a file or a run directory",
                                                                .metavar = "PATH",
                                                                .required = true,
                                                                .positional = true})});
}

int run(Call& call) {
  const auto options = options_of(call, rows());
  const Json result = inspect(options.path);
  if (options.json)
    fmt::print("{}\n", result.dump(2));
  else
    print(result);
  return 0;
}

}  // namespace

extern const Command kInspect{.name = "inspect",
                              .summary = "shows what is inside a checkpoint, a data file or a run",
                              .flags = [] { return settings::infos(rows()); },
                              .run = run};

}  // namespace fno
