#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tools/training/model_description.h"
#include "tools/training/trainer.h"

namespace fno::training {

/// A tensor in ordinary memory.
struct StoredTensor {
  std::string name;
  Dtype dtype = Dtype::float32;
  std::vector<std::int64_t> shape;  ///< as the network has it: spectral weights mode-major
  std::vector<std::byte> bytes;     ///< little-endian; empty for a moment that the optimiser does not keep
  bool operator==(const StoredTensor&) const = default;
};

/// Everything that a run needs to go on bit for bit, and all that it takes to use its weights.
struct Checkpoint {
  ModelDescription model;
  std::string settings;                     ///< the run's config.toml
  std::uint64_t seed = 0;                   ///< of weights and order; the loader's place is in `training`
  std::map<std::string, std::string> data;  ///< SHA-256 of the run's data files by their role in the manifest
  std::int64_t infer_batch_size = 16;       ///< of the run
  std::vector<StoredTensor> weights;        ///< in the order of the network
  std::vector<StoredTensor> first, second;  ///< moments, one a weight
  std::vector<StoredTensor> kept = {};      ///< what the task needs beside the weights to judge them, float32
  std::int64_t optimizer_steps = 0;
  double rate = 0;  ///< in force when it was written
  Schedule::State schedule{};
  TrainingState training;
};

/// Copies the live state of a run into `checkpoint`, whose description, settings and seed stay as they are.
void capture(Checkpoint& checkpoint, const ParameterStore& store, const Optimizer& optimizer, const Schedule& schedule,
             const TrainingState& training);

/// One file (tools/files/checkpoint_file.h), written atomically. Errors: storage.
void write_checkpoint(const std::string& path, const Checkpoint& checkpoint);

/// Errors: checkpoint, naming the path and what is damaged, missing or contradictory.
[[nodiscard]] Checkpoint read_checkpoint(const std::string& path);

/// Errors: checkpoint, unless a network as described has `reals` numbers as weights, and no fewer tensors than blocks:
/// a file's description is not trusted with memory.
void require_weights(const NetworkConfig& config, std::int64_t reals, std::size_t tensors, const std::string& path);

/// Copies the weights into the parameters of a network of the same description. `path` begins the messages.
/// Errors: checkpoint, if names, shapes or types differ.
void restore_weights(const Checkpoint& checkpoint, const ParameterStore& store, const std::string& path);

/// Puts optimiser, schedule and loop back to where they were when the checkpoint was captured.
void restore_training(const Checkpoint& checkpoint, Optimizer& optimizer, Schedule& schedule, Trainer& trainer);

}  // namespace fno::training
