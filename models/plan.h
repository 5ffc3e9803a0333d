#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "models/network.h"

namespace fno {

/// What one training step takes, before anything is allocated. Bytes are those of tensors on the device; a backend's
/// scratch, its rounding and the data set are not in them.
struct StepPlan {
  ParameterCount parameters;
  std::size_t weight_bytes = 0;                ///< of all parameters, float32, complex ones as pairs
  std::size_t gradient_bytes = 0;              ///< as many
  std::size_t moment_bytes = 0;                ///< Adam's two moments
  std::size_t activation_bytes = 0;            ///< what the forward pass keeps for the reverse pass
  std::size_t peak_bytes = 0;                  ///< most at once of all these, batch and temporaries
  double forward_flop = 0, backward_flop = 0;  ///< of products, as tracing_device() counts them
  [[nodiscard]] double step_flop() const { return forward_flop + backward_flop; }
};

/// What a process that trains on the CPU takes at most, the data set apart: the device's tensors, and host copies of
/// weights and moments while it writes a checkpoint. The factors are measured: max RSS of `fno train`, 2 epochs of 2
/// steps, batch 16, 4 blocks, was within 12 % of this for hybrid (width 16 and 32), stable_hybrid, hybrid_resnet and
/// fno. A resumed run, and the scoring of the best weights on test data, read a checkpoint beside and may take more.
[[nodiscard]] std::size_t host_bytes_on_cpu(const StepPlan& plan);

/// The scalar loss of a prediction; may keep tensors on the prediction's device.
using PlannedLoss = std::function<Var(const Var& prediction)>;

/// Walks one step (forward, loss, reverse, with Adam's moments in place) of the network that `make` builds, on a device
/// that only counts. It is the code of the real step, so sizes cannot drift from it.
[[nodiscard]] StepPlan plan_step(const std::function<std::unique_ptr<Model>(ParameterStore&)>& make, const Shape& input,
                                 const PlannedLoss& loss);

/// For a patch network, with the mean absolute error of its maps for a loss unless one is given (a physics chain). Set
/// activation_checkpointing in the config to see the other side.
/// Errors: config as in make_network; batch < 1.
[[nodiscard]] StepPlan plan_step(const NetworkConfig& config, int batch, const PlannedLoss& loss = {});

/// For an operator on a grid of config.dims axes, with relative L2.
[[nodiscard]] StepPlan plan_step(const NetworkConfig& config, int batch, const std::vector<int>& grid);

}  // namespace fno
