#pragma once

#include <string>

#include "tools/training/plan.h"

namespace fno {

/// 12.5 MiB, 1.50 GiB.
[[nodiscard]] std::string bytes_text(std::size_t bytes);

/// What the forward pass of PyTorch eager keeps of a Fourier layer, for comparison: layers of the plan by name, as
/// `StepPlan::saved` groups them, 0 for every other.
struct SavedByLayer {
  std::string layer;
  std::size_t bytes = 0;        ///< kept here
  std::size_t eager_bytes = 0;  ///< 0: no Fourier layer
};
/// By layer (parts of a layer count with it), in the order of the forward pass. With S the field that a layer gives and
/// M its kept spectrum, eager keeps S (its field) + M, + S behind an activation (the function's value), in a stable
/// block + 3 S (value, norm, and what the gate multiplies): counted with torch.autograd.graph.saved_tensors_hooks on
/// PyTorch 1.13, weights and tables apart.
[[nodiscard]] std::vector<SavedByLayer> saved_by_layer(const training::StepPlan& plan);

/// Where the memory of a run on the CPU goes, a part a line, and the saved activations by layer. At most 100 columns.
[[nodiscard]] std::string memory_table(const training::StepPlan& plan, const training::ProcessPlan& process);

}  // namespace fno
