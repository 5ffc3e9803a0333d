#include "tools/commands/export/network_graph.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "framework/error.h"
#include "framework/scope.h"
#include "tools/training/build_info.h"

namespace fno {
namespace {

using training::ChannelScaling;

// A number for each channel, as the sum of two of float32.
struct ChannelNumbers {
  OnnxDims shape;  // (1, C, 1…)
  std::vector<float> most, rest;

  ChannelNumbers(const std::vector<double>& values, std::size_t axes) : shape(axes + 2, 1) {
    shape[1] = static_cast<std::int64_t>(values.size());
    for (const double v : values) {
      most.push_back(static_cast<float>(v));
      rest.push_back(static_cast<float>(v - static_cast<double>(most.back())));
      require<ErrorKind::data>(std::isfinite(most.back()) &&
                                   (v == 0 || std::abs(v) >= static_cast<double>(std::numeric_limits<float>::min())),
                               "the network's scaling of a channel has ", v,
                               ", which float32, the type of the graph, does not hold");
    }
  }
  [[nodiscard]] bool has_rest() const {
    return std::ranges::any_of(rest, [](float v) { return v != 0; });
  }
};

std::string without_units(OnnxGraph& graph, std::string x, const ChannelScaling& scaling, std::size_t axes) {
  const Scope scope("input_scaling");
  const ChannelNumbers mean(scaling.mean, axes);
  std::vector<double> units;
  for (std::size_t c = 0; c < scaling.mean.size(); ++c) units.push_back(scaling.unit(c));
  const ChannelNumbers unit(units, axes);
  x = graph.node("Sub", {x, graph.floats(mean.most, mean.shape)});
  if (mean.has_rest()) x = graph.node("Sub", {x, graph.floats(mean.rest, mean.shape)});
  return graph.node("Div", {x, graph.floats(unit.most, unit.shape)});
}

void with_units(OnnxGraph& graph, std::string y, const ChannelScaling& scaling, std::size_t axes,
                const std::string& name) {
  const Scope scope("output_scaling");
  const ChannelNumbers mean(scaling.mean, axes), deviation(scaling.deviation, axes);
  y = graph.node("Mul", {y, graph.floats(deviation.most, deviation.shape)});
  if (mean.has_rest()) y = graph.node("Add", {y, graph.floats(mean.rest, mean.shape)});
  graph.node("Add", {y, graph.floats(mean.most, mean.shape)}, {}, name);
}

// "inputs in the units of the training data; channels x0, x1"
std::string doc_of(const char* what, const std::vector<std::string>& channels) {
  std::string doc = std::string(what) + " in the units of the training data";
  for (std::size_t c = 0; c < channels.size(); ++c) doc += (c == 0 ? "; channels " : ", ") + channels[c];
  return doc;
}

OnnxDims dims_of(const Shape& batch) { return {batch.begin() + 1, batch.end()}; }

std::string text_of(const training::Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

}  // namespace

void write_graph(OnnxRecorder& recorder, const training::ModelDescription& description,
                 const training::BuiltModel& network, std::span<const std::int64_t> grid) {
  const NetworkConfig& config = description.config;
  const bool pairs = architecture_named(config.architecture).kind == NetworkKind::grid_operator;
  const bool scaled = pairs || !description.input.mean.empty();
  OnnxGraph& graph = recorder.graph();
  for (const Parameter& p : network.store.parameters()) recorder.call(p.var.value().data<float>(), p.name);
  Shape shape{1, pairs ? config.in : config.channels};
  for (const std::int64_t n : grid) shape.push_back(n);
  const Tensor x(shape, Dtype::float32, recorder.device());
  graph.inputs = {{"x",
                   pairs ? doc_of("inputs", description.input_channels)
                         : "diffraction: amplitudes in the units of the training data, zero frequency in the middle",
                   dims_of(shape)}};
  recorder.put(x.data<float>(), dims_of(shape),
               scaled ? without_units(graph, "x", description.input, grid.size()) : "x");
  const NoGrad guard;
  const Tensor y = network.model.forward(Var(x)).value();
  require<ErrorKind::config>(y.shape(0) == 1, "onnx: one sample became ", y.shape(0), " in ", config.architecture);
  const std::string value = recorder.value(y.data<float>(), dims_of(y.shape()));
  if (scaled)
    with_units(graph, value, description.output, grid.size(), "y");
  else
    graph.node("Identity", {value}, {}, "y");
  graph.outputs = {{"y",
                    pairs ? doc_of("predictions", description.output_channels)
                          : "patches of the object: real parts of all channels, then imaginary parts",
                    dims_of(y.shape())}};

  graph.name = config.architecture;
  graph.producer_version = build::version();
  graph.doc = "A trained neural network, " + config.architecture +
              ", of float32 arrays (N, channels, grid…) in C order; N is any "
              "number of samples. x goes in and y comes out in the units of the training data; the metadata say how "
              "it was made.";
  const training::Json json = training::description_json(description);
  for (const auto& [key, value_of_key] : json.items())
    if (value_of_key.is_object() && key == "model")
      for (const auto& [name, field] : value_of_key.items()) graph.metadata[name] = text_of(field);
    else
      graph.metadata[key] = text_of(value_of_key);
  graph.metadata["layout"] = "(N, channels, grid), float32, C order";
  graph.metadata["graph_grid"] = training::Json(std::vector<std::int64_t>(grid.begin(), grid.end())).dump();
}

}  // namespace fno
