// fno export: a trained network for other programs.
#include <filesystem>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "framework/cpu/device.h"
#include "framework/error.h"
#include "tools/commands/command.h"
#include "tools/commands/export/network_graph.h"
#include "tools/commands/extents.h"
#include "tools/commands/network_options.h"
#include "tools/files/formats/create_array_file.h"
#include "tools/tasks/operator/inference.h"
#include "tools/training/device.h"

namespace fno {

enum class ExportFormat { onnx };
template <>
inline constexpr std::array<std::string_view, 1> kNames<ExportFormat>{"onnx"};

namespace {

struct ExportOptions : TrainedOptions {
  ExportFormat format = ExportFormat::onnx;
  std::string output;
  std::string grid;
  bool force = false;
};

std::vector<settings::Row<ExportOptions>> rows() {
  using E = ExportOptions;
  using settings::flag;
  return trained_rows<E>(
      {flag<E, &E::format>({.key = "format",
                            .rule = settings::names_of<ExportFormat>(),
                            .help = "onnx: plain operators, for onnxruntime and all that reads ONNX",
                            .required = true}),
       flag<E, &E::output>({.key = "output",
                            .rule = settings::path(),
                            .help = "file to write",
                            .metavar = "FILE.onnx",
                            .required = true}),
       flag<E, &E::grid>({.key = "grid",
                          .rule = extents_rule(),
                          .help = "points of each axis of the fields that it will take, as 64x64",
                          .metavar = "NxN",
                          .fallback_text = "the grid of the training data"}),
       flag<E, &E::force>({.key = "force", .rule = settings::toggle(), .help = "replace FILE where it exists"})});
}

// The grid that was asked for, else that of training. Errors: config, if the network does not take it.
std::vector<std::int64_t> grid_of(const ExportOptions& options, const training::ModelDescription& description) {
  const NetworkConfig& network = description.config;
  const std::vector<std::int64_t> asked = extents(options.grid);
  if (architecture_named(network.architecture).kind == NetworkKind::patch) {
    const std::vector<std::int64_t> patch(2, network.points);
    require<ErrorKind::config>(asked.empty() || asked == patch, "--grid: found ", options.grid, ", accepted by ",
                               network.architecture, ", made for such patches: ", network.points, "x", network.points);
    return patch;
  }
  if (asked.empty()) {
    require<ErrorKind::config>(!description.grid.empty(), "--grid: found nothing, accepted: the points of each of ",
                               network.dims, " axes, as the weights are of a version that did not keep them");
    return description.grid;
  }
  require<ErrorKind::config>(std::ssize(asked) == network.dims, "--grid: found ", options.grid,
                             ", accepted: ", network.dims, " numbers, one an axis of the network");
  std::int64_t bytes = std::ssize(asked) * std::int64_t{sizeof(float)};  // of the positions, a number an axis and point
  for (const std::int64_t n : asked) bytes *= n;
  require<ErrorKind::config>(bytes < kMostOnnxBytes, "--grid: found ", options.grid, ", whose positions take ", bytes,
                             " bytes; accepted: less than ", kMostOnnxBytes, ", what an ONNX file holds");
  return asked;
}

// What whoever runs the file would not expect.
std::vector<std::string> notices_of(const training::ModelDescription& description,
                                    const std::vector<std::int64_t>& grid, const std::string& path) {
  std::vector<std::string> notices;
  if (architecture_named(description.config.architecture).kind == NetworkKind::patch) return notices;
  operators::notice_lacking_modes(description.config, grid, path, notices);
  if (description.repeats_input)
    notices.push_back(path + ": the training inputs lacked the first axis of the grid: x takes them repeated along it");
  return notices;
}

nlohmann::ordered_json ends_json(const std::vector<OnnxEnd>& ends) {
  auto json = nlohmann::ordered_json::array();
  for (const OnnxEnd& end : ends) {
    nlohmann::ordered_json shape{"N"};
    for (const std::int64_t n : end.shape) shape.push_back(n);
    json.push_back({{"name", end.name}, {"shape", shape}});
  }
  return json;
}

// "x (N, 1, 16, 16)"
std::string text_of(const OnnxEnd& end) {
  std::string text = end.name + " (N";
  for (const std::int64_t n : end.shape) text += ", " + std::to_string(n);
  return text + ")";
}

int run(Call& call) {
  const auto options = options_of(call, rows());
  require_onnx();
  require_replaceable(options.output, options.force);
  use_cpu(options);
  OnnxRecorder recorder(cpu_device(1));
  const training::TrainedNetwork trained = open_network(options, recorder.device());
  const std::vector<std::int64_t> grid = grid_of(options, trained.description);
  write_graph(recorder, trained.description, trained.network, grid);
  const OnnxGraph& graph = recorder.graph();
  write_onnx(options.output, graph);
  if (!options.quiet)
    for (const std::string& notice : notices_of(trained.description, grid, options.output))
      fmt::print(stderr, "notice: {}\n", notice);

  const auto bytes = static_cast<std::int64_t>(std::filesystem::file_size(options.output));
  if (options.json)
    fmt::print("{}\n", nlohmann::ordered_json{{"file", options.output},
                                              {"architecture", graph.name},
                                              {"opset", kOnnxOpset},
                                              {"inputs", ends_json(graph.inputs)},
                                              {"outputs", ends_json(graph.outputs)},
                                              {"operators", graph.nodes().size()},
                                              {"bytes", bytes}}
                           .dump(2));
  else
    fmt::print("wrote {}: {}, {} to {}, any N; {} operators of opset {}, {:.1f} MiB\n", options.output, graph.name,
               text_of(graph.inputs[0]), text_of(graph.outputs[0]), graph.nodes().size(), kOnnxOpset,
               static_cast<double>(bytes) / 1048576);
  return 0;
}

}  // namespace

extern const Command kExport{.name = "export",
                             .summary = "writes a trained network for other programs: an ONNX file",
                             .flags = [] { return settings::infos(rows()); },
                             .run = run};

}  // namespace fno
