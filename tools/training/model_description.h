#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "models/network.h"
#include "tools/training/json_values.h"

namespace fno::training {

/// Mean and deviation of each channel of a field. A network sees (v - mean) / unit; its answer p stands for
/// p · deviation + mean. All in double: the mean may be far larger than what varies.
struct ChannelScaling {
  std::vector<double> mean, deviation;  ///< deviation 0: the channel is constant

  [[nodiscard]] double unit(std::size_t channel) const { return deviation[channel] > 0 ? deviation[channel] : 1; }
};

/// All that it takes to build a network again, but for its weights; the scaling of an operator was fitted on its
/// training data.
struct ModelDescription {
  NetworkConfig config;
  ChannelScaling input = {}, output = {};  ///< of a patch network: units of its measurement, or empty
  /// Of the training data of an operator; empty in files of earlier versions.
  std::vector<std::string> input_channels = {}, output_channels = {};
  std::vector<std::int64_t> grid = {};
  bool repeats_input = false;  ///< the inputs lack the first axis of the grid and are repeated along it
  /// The input is that many states of the output's channels, the oldest first, the output the next one; 0 where they
  /// are fields of any kind.
  std::int64_t history = 0;
};

/// A network and its parameters. Errors: config if there is no such network.
struct BuiltModel {
  BuiltModel(const ModelDescription& d, const Device& device, std::uint64_t seed)
      : store(device, seed), owned(make_network(store, d.config)), model(*owned) {}
  ParameterStore store;
  std::unique_ptr<Model> owned;
  const Model& model;
};

/// With every bit, for checkpoints and metadata: {"task", "model", where there are any "input_scaling",
/// "output_scaling", for operators "input_channels", "output_channels", "grid", "repeats_input" and, where there is
/// one, "history"}.
[[nodiscard]] Json description_json(const ModelDescription& description);

/// Reads it back. A file is not trusted with memory: extents that no network here has are refused, `path` beginning the
/// message. Errors: checkpoint, or what Json throws where a key is missing.
[[nodiscard]] ModelDescription description_of(const Json& json, const std::string& path);

}  // namespace fno::training
