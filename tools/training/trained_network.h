#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/settings/settings.h"
#include "tools/training/checkpoint.h"

namespace fno::training {

/// Which weights of a run.
enum class Weights { last, best };

/// A trained network and what its task needs beside the weights, to be put to data that it has not seen.
struct TrainedNetwork {
  std::string whose;  ///< begins messages about it: "the run", "model.safetensors"
  ModelDescription description;
  /// Of its run; a model file has none of data and folders.
  settings::Settings settings;
  std::vector<StoredTensor> kept = {};     ///< see Checkpoint; none from a model file
  std::optional<std::size_t> epochs = {};  ///< of training; unknown from a model file
  BuiltModel network;

  [[nodiscard]] const Model& model() const { return network.model; }
  [[nodiscard]] const Device& device() const { return network.store.device(); }
};

/// The network of a run directory. Errors   data: no such run or weights; checkpoint: damaged.
[[nodiscard]] TrainedNetwork network_of_run(const std::string& folder, Weights weights, const Device& device);

/// The network of a model.safetensors, which needs nothing beside it. Errors   data: no such file; checkpoint: damaged,
/// or not the file of a run.
[[nodiscard]] TrainedNetwork network_of_file(const std::string& path, const Device& device);

}  // namespace fno::training

template <>
inline constexpr std::array<std::string_view, 2> fno::kNames<fno::training::Weights>{"last", "best"};
