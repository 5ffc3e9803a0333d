#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/model.h"
#include "tools/report/table.h"
#include "tools/tasks/operator/operator_data.h"
#include "tools/training/task.h"

namespace fno::operators {

/// A loss of --loss: relative_l2 with norms over channels and grid, relative_h1, mae (framework/ops/loss.h), of fields
/// without units. A tenth of the norm of a field of deviation 1 is added to the divisor of the relative ones, so that a
/// target at the mean, whose norm is nothing, does not outweigh all others.
struct Loss {
  std::string_view name;
  Var (*op)(const Var& prediction, const Var& target);
};
/// All there are: a line each in metrics.cpp.
[[nodiscard]] std::span<const Loss> losses();
/// Errors: config, if there is no such loss.
[[nodiscard]] training::LossFunction loss_function(std::string_view name);

/// Squares of an error and of what it is relative to.
struct ErrorSquares {
  double error = 0, target = 0;  ///< Σ (p-y)², Σ y²
};

/// Error of one channel of one sample, in units of |mean| + deviation of the channel. All in double.
struct ChannelError {
  double unit = 0;                     ///< that, in the units of the data
  double error_l2 = 0, target_l2 = 0;  ///< Σ (p-y)², Σ y²
  double error_h1 = 0,
         target_h1 = 0;             ///< the same with derivatives (framework/ops/loss.h) in space, and time as an axis
  bool zero = false;                ///< the target is: no relative error
  std::vector<ErrorSquares> steps;  ///< one a point of time, where there is time
};
/// Of a trajectory over all its steps. `prediction` as the network gives it for that sample, or rolls it out.
[[nodiscard]] std::vector<ChannelError> channel_errors(const OperatorData& data, std::int64_t sample,
                                                       std::span<const float> prediction);

/// How well a network answers unseen data, in the units of the data. A ratio is absent where all targets are zero.
struct TestMetrics {
  std::optional<double> relative_l2;  ///< mean over samples of ‖p-y‖/‖y‖, norms over channels and grid
  std::optional<double> relative_h1;  ///< mean over samples and channels of the H1 ratio (framework/ops/loss.h)
  std::int64_t n = 0;                 ///< samples
  std::vector<std::int64_t> grid;
  struct Channel {
    std::string name;
    std::optional<double> relative_l2;  ///< mean over samples of ‖p-y‖/‖y‖ of this channel
  };
  std::vector<Channel> channels;
  std::int64_t zero_targets = 0;  ///< channels of samples that are zero everywhere and were left out of the means
  /// Where there is time: the mean over samples of ‖p-y‖/‖y‖ at each step of a trajectory after its history, or at each
  /// point of time as an axis of the grid, norms over channels and the rest of the grid.
  std::vector<std::optional<double>> steps = {};
};

/// A mean of ratios ‖p-y‖/‖y‖.
struct MeanRatio {
  double sum = 0;
  std::int64_t n = 0;
  void add(double error, double target);  ///< squares of the norms
  [[nodiscard]] std::optional<double> value() const;
};

/// Gathers the errors of answers, one sample after the other.
class ErrorMeans {
 public:
  /// `prediction` as the network gives it for that sample of `data`; all data of one grid and the same channels.
  void add(const OperatorData& data, std::int64_t sample, std::span<const float> prediction);
  [[nodiscard]] TestMetrics metrics() const;

 private:
  TestMetrics counts_;  // samples, grid, names, zero targets
  MeanRatio l2_, h1_;
  std::vector<MeanRatio> channels_, steps_;
};

/// A trivial answer to the same data.
struct TrivialAnswer {
  std::string name;  ///< as sentences have it: "mean of the training targets"
  std::string key;   ///< of metrics.json, in front of _relative_l2: "baseline"
  TestMetrics metrics;
};

/// All samples of `data`, `batch_size` at a time. Trajectories are rolled out from their first states to their end.
[[nodiscard]] TestMetrics measure(const Model& model, const OperatorData& data, std::int64_t batch_size,
                                  const Device& device);

/// Whether `metrics` is better than the trivial answer by a hundredth at least; true where there is nothing to compare.
[[nodiscard]] bool beats(const std::optional<double>& error, const std::optional<double>& trivial);

/// As tables and metrics.json show them, beside the errors of the trivial answers, of which the mean is the first:
/// {"test": {"relative_l2", "relative_h1", "n", "grid", "channels": [{"name", "relative_l2", "baseline_relative_l2"}],
/// "zero_targets", "baseline_relative_l2", "beats_mean"}}, and where there is time "steps": [{"step", "relative_l2",
/// "baseline_relative_l2"}], steps from 1. Each further answer adds its error everywhere ("persistence_relative_l2"),
/// and "beats_persistence".
[[nodiscard]] training::Measured measured(const TestMetrics& metrics, const std::vector<TrivialAnswer>& trivial);

/// What is to be said of the errors: those of the trivial answers, a table of the steps where there is time, and a
/// notice for what is no better than the best of them or has zero targets.
[[nodiscard]] std::vector<std::string> verdict(const TestMetrics& metrics, const std::vector<TrivialAnswer>& trivial);

/// The errors by step: "step", the network and the trivial answers beside each other. No rows where there is no time.
[[nodiscard]] report::Table step_table(const TestMetrics& metrics, const std::vector<TrivialAnswer>& trivial);

/// The trivial answer to beat: the mean target of samples 0 … training-1, at whatever step, whatever the input,
/// interpolated linearly between its points on other grids. Of no samples: the mean of each channel.
class MeanField : public Model {
 public:
  MeanField(const OperatorData& data, std::int64_t training);
  /// What stored() gave, of grids with or without both ends.
  MeanField(const training::StoredTensor& stored, bool ends);
  static constexpr const char* kName = "mean_target";
  [[nodiscard]] training::StoredTensor stored() const;
  [[nodiscard]] Var forward(const Var& x) const override;

 private:
  std::int64_t channels_;
  std::vector<std::int64_t> grid_;
  bool ends_;
  std::vector<float> field_;  // (channels, n…)
};

}  // namespace fno::operators
