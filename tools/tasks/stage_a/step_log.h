#pragma once

#include <map>
#include <string>
#include <vector>

#include "tools/tasks/stage_a/bench.h"
#include "tools/tasks/stage_a/layer_probe.h"

namespace fno::stage_a {

/// What the study writes down of every step of a run under the lens (Stage A specification, section 15.C), and of the
/// network on one fixed batch of test patterns every 50 steps. Written as one NPZ:
///
///     steps (S)            loss, samples, batch_mean, rate, grad_norm, clipped_grad_norm, max_update, sqrt_v_min,
///                          sqrt_v_median; max_update: largest ‖Δw‖/max(‖w‖, 1e-3) of any tensor
///     per tensor (S, T)    tensor_grad_norm, tensor_clipped_grad_norm; tensors (T) their names
///     probe (P)            probe_step, probe_loss, probe_loss_of_mean (the same loss with the output's mean in every
///                          pixel: equal to it where the output is constant), output_sample_std
///     maps (P, M)          map_mean, map_std, map_below_minus4; maps (M) names of the maps into a GELU
///     gates (P, G)         gate_mean_abs; gates (G) names of layerscales and of the norms' gammas
///
/// sqrt_v: root of Adam's second moment over 1 - beta2^t, over all weights, the median over every 13th of them.
class StepLog {
 public:
  static constexpr std::int64_t kProbeEvery = 50;

  /// The probe batch: the first patterns of the test split, as many as a batch has.
  explicit StepLog(const Bench& bench) : bench_(bench) {}
  void on_gradients(training::LiveRun& run, const training::StepRecord& step, const training::Batch& batch);
  void on_step(training::LiveRun& run, const training::StepRecord& step);
  /// Errors: storage.
  void write(const std::string& path) const;

 private:
  void note(const char* array, double number) { numbers_[array].push_back(number); }
  void probe(training::LiveRun& run, std::int64_t step);
  const Bench& bench_;
  std::vector<std::string> tensors_, maps_, gates_;
  std::map<std::string, std::vector<double>> numbers_;  // by the name of their array
  std::vector<std::vector<float>> before_;              // weights before the step
};

/// The fixed batch that networks are looked at with: the first test patterns, as many as a batch has.
[[nodiscard]] Tensor probe_batch(const Bench& bench, std::int64_t batch_size);

/// Weights, gradients or moments as plain floats.
[[nodiscard]] std::vector<float> floats_of(const Tensor& tensor);

}  // namespace fno::stage_a
