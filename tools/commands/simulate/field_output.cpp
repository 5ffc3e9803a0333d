#include "tools/commands/simulate/field_output.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "framework/error.h"
#include "tools/files/formats/create_array_file.h"
#include "tools/files/formats/open_array_file.h"
#include "tools/training/progress.h"

namespace fno {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr const char* kMetadata = "metadata";

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// Whether a file could be made again: it is empty, or its metadata name a generator.
bool can_be_made_again(const std::string& path) {
  std::error_code error;
  if (fs::is_regular_file(path) && fs::file_size(path, error) == 0) return true;
  try {
    const auto file = open_array_file(path);
    if (!file->contains(kMetadata)) return false;
    const auto texts = file->read(kMetadata).to_texts();
    const auto facts = nlohmann::json::parse(texts.empty() ? "" : texts.front(), nullptr, false);
    return facts.is_object() && facts.contains("generator");
  } catch (const Error&) {
    return false;
  }
}

template <class T>
void put(ArrayWriter& writer, const OutputArray& array, std::span<const T> values) {
  writer.begin(array.name, HostArray{host_type_of<T>(), array.shape, {}, 0});
  writer.append(std::as_bytes(values));
}

}  // namespace

FieldOutput::FieldOutput(const FieldOptions& options, std::string kind) : options_(options), kind_(std::move(kind)) {
  require<ErrorKind::config>(options.device == "auto" || options.device == "cpu", "--device: found ", options.device,
                             "; fno simulate ", kind_, " runs on the CPU: accepted are auto, cpu");
  const fs::path folder = fs::absolute(options.output).parent_path();
  require<ErrorKind::storage>(fs::is_directory(folder), "--output: the folder ", folder.string(), " does not exist");
  require<ErrorKind::storage>(!fs::is_directory(options.output), "--output: ", options.output, " is a folder");
  require_writable_format(options.output, "--output");
  require<ErrorKind::storage>(access(folder.c_str(), W_OK) == 0, "--output: the folder ", folder.string(),
                              " is not writable");
  replaces_ = fs::exists(fs::symlink_status(options.output));
  require<ErrorKind::storage>(!replaces_ || options.force || can_be_made_again(options.output),
                              "--output: ", options.output,
                              " exists already and was not made by fno simulate, accepted: another "
                              "name, or --force to replace it");
}

SampleProgress FieldOutput::progress(std::int64_t samples) const {
  if (options_.quiet || !isatty(STDERR_FILENO)) return {};
  return [samples, kind = kind_, start = start_, drawn = Clock::time_point{}](std::int64_t done) mutable {
    const bool last = done == samples;
    if (!last && seconds_since(drawn) < 0.2) return;
    drawn = Clock::now();
    const double seconds = seconds_since(start), rate = static_cast<double>(done) / std::max(seconds, 1e-9);
    constexpr int kWidth = 24;
    const auto full = static_cast<std::size_t>(kWidth * done / samples);
    fmt::print(stderr, "\rsimulate {} [{:-<{}}] {}/{}  {:.3g} samples/s  {:<12}", kind, std::string(full, '#'), kWidth,
               done, samples, rate,
               last ? "" : training::duration_text(static_cast<double>(samples - done) / rate) + " left");
    if (last) fmt::print(stderr, "\n");
  };
}

void FieldOutput::write(std::span<const OutputArray> arrays, const nlohmann::ordered_json& facts,
                        const std::string& line, const std::vector<std::string>& notices, bool compress) const {
  const double seconds = seconds_since(start_);
  const auto writer = create_array_file(options_.output, "--output", compress);
  for (const OutputArray& array : arrays)
    if (array.doubles.empty())
      put(*writer, array, array.floats);
    else
      put(*writer, array, array.doubles);
  const HostArray metadata = make_host_text(facts.dump());
  writer->begin(kMetadata, metadata);
  writer->append(metadata.bytes);
  writer->finish();

  if (options_.json) {
    nlohmann::ordered_json result = facts;
    result["file"] = options_.output;
    result["replaced"] = replaces_;
    result["notices"] = notices;
    result["seconds"] = seconds;
    fmt::print("{}\n", result.dump());
    return;
  }
  fmt::print("{}: {}, {:.1f} s{}\n", options_.output, line, seconds,
             replaces_ ? "; replaces the file that stood there" : "");
  if (!options_.quiet)
    for (const std::string& notice : notices) fmt::print(stderr, "notice: {}\n", notice);
}

std::vector<std::string> too_coarse(std::int64_t grid, double viscosity, double tail) {
  constexpr double kMostTail = 1e-3;
  if (!(tail > kMostTail)) return {};
  return {
      fmt::format("--grid {} is coarse for --viscosity {}: the upper third of the modes has {:.1e} of a solution, "
                  "above {:.0e}; a finer --grid with --stride stores as many points",
                  grid, viscosity, tail, kMostTail)};
}

}  // namespace fno
