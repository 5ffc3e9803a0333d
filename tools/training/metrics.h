#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "models/model.h"
#include "tools/settings/settings.h"
#include "tools/tasks/operator/operator_data.h"
#include "tools/training/json_values.h"
#include "tools/training/loader.h"

namespace fno::training {

/// A loss of a prediction against a target, one number.
using LossFunction = std::function<Var(const Var& prediction, const Var& target)>;

/// The op behind --loss: relative_l2 with norms over channels and grid, relative_h1, mae (framework/ops/loss.h).
[[nodiscard]] LossFunction loss_function(settings::Loss loss);

/// Mean over the samples of the sweep, gradients off. Batches count by their samples.
[[nodiscard]] double mean_loss(const Model& model, Sweep& sweep, const LossFunction& loss);

/// How well a network answers unseen data, in the units of the data.
struct TestMetrics {
  double relative_l2 = 0;  ///< mean over samples of ‖p-y‖/‖y‖, norms over channels and grid
  double relative_h1 = 0;  ///< mean over samples and channels of the H1 ratio (framework/ops/loss.h)
  std::int64_t n = 0;      ///< samples
  std::vector<std::int64_t> grid;
};

/// All samples of `data`, `batch_size` at a time.
[[nodiscard]] TestMetrics measure(const Model& model, const OperatorData& data, std::int64_t batch_size,
                                  const Device& device);

/// {"test": {"relative_l2", "relative_h1", "n", "grid"}}; {"test": null} without metrics.
[[nodiscard]] Json metrics_json(const std::optional<TestMetrics>& metrics);

/// The trivial answer to beat: the mean target of samples 0 … training-1, whatever the input. Answers on their grid.
class MeanField : public Model {
 public:
  MeanField(const OperatorData& data, std::int64_t training, const Device& device);
  [[nodiscard]] Var forward(const Var& x) const override;

 private:
  Var field_;  // (1, channels, n…)
};

}  // namespace fno::training
