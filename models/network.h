#pragma once

#include <array>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "models/model.h"
#include "models/network_config.h"
#include "models/parameters.h"

namespace fno {

/// Mean and deviation a channel. Inputs are standardised on the way in, outputs returned to their units on the way out,
/// so losses and metrics are in the units of the data. Empty is 0 and 1.
struct ChannelScaling {
  std::vector<float> mean, deviation;
};

/// A network that a user can ask for.
struct Architecture {
  std::string_view name;
  NetworkKind kind;
  std::unique_ptr<Model> (*make)(ParameterStore&, const NetworkConfig&, const ChannelScaling& input,
                                 const ChannelScaling& output);
  /// Fields of NetworkConfig that it reads and others of its kind do not.
  std::array<std::string_view, 3> reads = {};
};

/// All there are: a line each in network.cpp.
[[nodiscard]] std::span<const Architecture> architectures();
/// Errors: config, naming all.
[[nodiscard]] const Architecture& architecture_named(std::string_view name);

/// The network of a configuration; only operators take a scaling. A patch network maps (B, C, N, N) to (B, 2C, N, N),
/// real parts in channels 0 … C-1 and imaginary parts in C … 2C-1, in every output mode.
/// Errors: config, one line with the flag, what was found and what is accepted, before anything is allocated.
/// Source: Stage A specification (docs/studies/stage-a/specification.md), sections 4.1 to 4.12.
[[nodiscard]] std::unique_ptr<Model> make_network(ParameterStore& store, const NetworkConfig& config,
                                                  const ChannelScaling& input = {}, const ChannelScaling& output = {});

/// Counts without allocating; the same errors.
[[nodiscard]] ParameterCount count_parameters(const NetworkConfig& config);

}  // namespace fno
