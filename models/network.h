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

/// A network that a user can ask for.
struct Architecture {
  std::string_view name;
  NetworkKind kind;
  std::unique_ptr<Model> (*make)(ParameterStore&, const NetworkConfig&);
  /// Fields of NetworkConfig that it reads and others of its kind do not.
  std::array<std::string_view, 3> reads = {};
};

/// All there are: a line each in network.cpp.
[[nodiscard]] std::span<const Architecture> architectures();
/// Errors: config, naming all.
[[nodiscard]] const Architecture& architecture_named(std::string_view name);

/// The network of a configuration. An operator maps fields without units: each channel about 0 and of deviation about 1
/// on both sides; whoever holds the data brings them there and back. A patch network maps (B, C, N, N) to (B, 2C, N,
/// N), real parts in channels 0 … C-1 and imaginary parts in C … 2C-1, in every output mode. Errors: config, one line
/// with the flag, what was found and what is accepted, before anything is allocated. Source: Stage A specification
/// (docs/studies/stage-a/specification.md), sections 4.1 to 4.12.
[[nodiscard]] std::unique_ptr<Model> make_network(ParameterStore& store, const NetworkConfig& config);

/// Counts without allocating; the same errors.
[[nodiscard]] ParameterCount count_parameters(const NetworkConfig& config);

}  // namespace fno
