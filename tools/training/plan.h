#pragma once

#include <array>
#include <vector>

#include "framework/tracing/device.h"
#include "models/network.h"
#include "optim/clip.h"
#include "optim/optimizer.h"
#include "tools/training/validation.h"

namespace fno::training {

/// The parts of a training step.
enum class Pass {
  forward,   ///< network and loss
  backward,  ///< the reverse pass, with what activation checkpointing computes again
  update,    ///< norm of the gradient, clipping, optimiser
};
inline constexpr std::array kPasses{Pass::forward, Pass::backward, Pass::update};

}  // namespace fno::training

template <>
inline constexpr std::array<std::string_view, 3> fno::kNames<fno::training::Pass>{"forward", "backward", "update"};

namespace fno::training {

/// What one training step takes, before anything is allocated. Bytes of memory are those of tensors on the device; a
/// backend's scratch, its rounding and the data set are not in them.
struct StepPlan {
  ParameterCount parameters;
  std::size_t weight_bytes = 0;                             ///< of all parameters, float32, complex ones as pairs
  std::size_t gradient_bytes = 0;                           ///< as many
  std::size_t moment_bytes = 0;                             ///< of the optimiser
  std::size_t activation_bytes = 0;                         ///< what the forward pass keeps for the reverse pass
  std::size_t peak_bytes = 0;                               ///< most at once of all these, batch and temporaries
  std::array<std::vector<TracedJob>, kPasses.size()> jobs;  ///< of each pass

  [[nodiscard]] const std::vector<TracedJob>& of(Pass pass) const { return jobs[static_cast<std::size_t>(pass)]; }
  [[nodiscard]] Work work(Pass pass) const;
  /// Of the whole step.
  [[nodiscard]] Work work() const { return work(Pass::forward) + work(Pass::backward) + work(Pass::update); }
  [[nodiscard]] std::int64_t launches() const;
};

/// What a process that trains on the CPU takes at most, the data set apart: the device's tensors, and host copies of
/// weights and moments while it writes a checkpoint. The factors are measured: max RSS of `fno train`, 2 epochs of 2
/// steps, batch 16, 4 blocks, was within 12 % of this for hybrid (width 16 and 32), stable_hybrid, hybrid_resnet and
/// fno. A resumed run, and the scoring of the best weights on test data, read a checkpoint beside and may take more.
[[nodiscard]] std::size_t host_bytes_on_cpu(const StepPlan& plan);

/// The parts of a step to be planned.
struct PlannedStep {
  NetworkConfig network;
  Shape input, target;  ///< of a batch
  LossFunction loss;
  std::function<std::unique_ptr<Model>(const Model&)> around = {};  ///< Task::trained_as; may be empty
  OptimizerSettings optimizer = {};
  ClipSettings clip = {};
};

/// Walks one step on a device that only counts, after a forward pass that leaves what a network keeps between steps.
/// It is the code of the real step, so sizes and launches cannot drift from it. Activation checkpointing is a field of
/// the network. Errors: config as in make_network; a batch of none.
[[nodiscard]] StepPlan plan_step(const PlannedStep& step);

}  // namespace fno::training
