#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>

#include "models/generator.h"
#include "models/operator_model.h"
#include "tools/training/json_values.h"

namespace fno::training {

/// A network of --task operator, with the scaling that was fitted on its training data.
struct OperatorDescription {
  OperatorConfig config;
  ChannelScaling input, output;
};

/// All that it takes to build a network again, but for its weights: the alternatives are the tasks.
using ModelDescription = std::variant<OperatorDescription, GeneratorConfig>;

[[nodiscard]] const std::string& architecture_of(const ModelDescription& description);

/// Counts without allocating. Errors: config if there is no such network.
[[nodiscard]] ParameterCount count_parameters(const ModelDescription& description);

/// Builds it. Errors: config.
[[nodiscard]] std::unique_ptr<Model> make_model(ParameterStore& store, const ModelDescription& description);

/// A network and its parameters.
struct BuiltModel {
  BuiltModel(const ModelDescription& description, const Device& device, std::uint64_t seed)
      : store(device, seed), owned(make_model(store, description)), model(*owned) {}
  ParameterStore store;
  std::unique_ptr<Model> owned;
  const Model& model;
};

/// With every bit, for checkpoints and metadata: {"task", "model", for operators "input_scaling", "output_scaling"}.
[[nodiscard]] Json description_json(const ModelDescription& description);

/// Reads it back. A file is not trusted with memory: extents that no network here has are refused, `path` beginning the
/// message. Errors: checkpoint, or what Json throws where a key is missing.
[[nodiscard]] ModelDescription description_of(const Json& json, const std::string& path);

}  // namespace fno::training
