#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "framework/tracing/device.h"
#include "models/network.h"
#include "optim/clip.h"
#include "optim/optimizer.h"
#include "tools/training/pass.h"
#include "tools/training/validation.h"

namespace fno::training {

/// What one training step takes, before anything is allocated. Bytes of memory are blocks of the device's pool.
struct StepPlan {
  ParameterCount parameters;
  std::size_t weight_bytes = 0;                             ///< of all parameters, float32, complex ones as pairs
  std::size_t gradient_bytes = 0;                           ///< as many
  std::size_t moment_bytes = 0;                             ///< of the optimiser
  std::size_t batch_bytes = 0;                              ///< batches of training and validation
  std::size_t activation_bytes = 0;                         ///< what the forward pass keeps for the reverse pass
  std::vector<HeldMemory> saved;                            ///< the same by layer, in the order of the forward pass
  std::size_t peak_bytes = 0;                               ///< most at once of all these and temporaries, in a run
  std::size_t reserved_bytes = 0;                           ///< what the pool holds in the end
  std::array<std::vector<TracedJob>, kPasses.size()> jobs;  ///< of each pass

  [[nodiscard]] const std::vector<TracedJob>& of(Pass pass) const { return jobs[static_cast<std::size_t>(pass)]; }
  [[nodiscard]] Work work(Pass pass) const;
  /// Of the whole step.
  [[nodiscard]] Work work() const { return work(Pass::forward) + work(Pass::backward) + work(Pass::update); }
  [[nodiscard]] std::int64_t launches() const;
};

/// What a process that trains on the CPU takes of the machine at most: what users see as its memory (VmHWM).
struct ProcessPlan {
  std::size_t data_bytes = 0;        ///< data sets as they are held; 0 where they are not known
  std::size_t buffer_bytes = 0;      ///< batches on their way to the device
  std::size_t device_bytes = 0;      ///< what the device's pool holds
  std::size_t checkpoint_bytes = 0;  ///< weights and moments, while a file of them is written or read
  std::size_t program_bytes = 0;     ///< code, libraries, stacks: measured, not counted

  [[nodiscard]] std::size_t total() const {
    return data_bytes + buffer_bytes + device_bytes + checkpoint_bytes + program_bytes;
  }
};
[[nodiscard]] ProcessPlan plan_process(const StepPlan& plan, std::size_t data_bytes);

/// The parts of a step to be planned.
struct PlannedStep {
  NetworkConfig network;
  Shape input, target;  ///< of a batch
  LossFunction loss;
  bool target_is_input = false;                                     ///< one array for both
  std::function<std::unique_ptr<Model>(const Model&)> around = {};  ///< Task::trained_as; may be empty
  OptimizerSettings optimizer = {};
  ClipSettings clip = {};
  std::int64_t short_batch = 0;               ///< samples of an epoch's last step; 0: as many as the others have
  std::vector<std::int64_t> validation = {};  ///< sizes of the batches of validation, the largest first
  std::vector<Shape> test = {};               ///< inputs on which last and best weights are measured, likewise
  std::optional<int> cpu_threads = {};  ///< of the CPU device of the run, whose kernels take scratch; absent: not known
};

/// Walks one step on a CPU device in rehearsal, or on one that only counts, after a forward pass that leaves what a
/// network keeps between steps, then validation and test as far as they take memory. It is the code of the real step,
/// so sizes and launches cannot drift from it. Activation checkpointing is a field of the network. Errors: config as in
/// make_network; a batch of none.
[[nodiscard]] StepPlan plan_step(const PlannedStep& step);

}  // namespace fno::training
