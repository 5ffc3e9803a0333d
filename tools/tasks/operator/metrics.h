#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "models/model.h"
#include "tools/tasks/operator/operator_data.h"
#include "tools/training/task.h"

namespace fno::operators {

/// A loss of --loss.
struct Loss {
  std::string_view name;
  Var (*op)(const Var& prediction, const Var& target);
};
/// All there are: a line each in metrics.cpp.
[[nodiscard]] std::span<const Loss> losses();
/// Errors: config, if there is no such loss.
[[nodiscard]] training::LossFunction loss_function(std::string_view name);

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

/// As tables and metrics.json show them: {"test": {"relative_l2", "relative_h1", "n", "grid"}}.
[[nodiscard]] training::Measured measured(const TestMetrics& metrics);

/// The trivial answer to beat: the mean target of samples 0 … training-1, whatever the input. Answers on their grid.
class MeanField : public Model {
 public:
  MeanField(const OperatorData& data, std::int64_t training, const Device& device);
  [[nodiscard]] Var forward(const Var& x) const override;

 private:
  Var field_;  // (1, channels, n…)
};

}  // namespace fno::operators
