#pragma once

#include "tools/tasks/operator/operator_data.h"
#include "tools/training/task.h"

namespace fno::training {

/// --task operator: a map between functions, learnt from pairs of them.
class OperatorTask : public Task {
 public:
  /// Errors: data, config.
  OperatorTask(settings::Settings& settings, const Device& device);

  [[nodiscard]] const ModelDescription& model() const override { return description_; }
  [[nodiscard]] SampleSource source() const override { return data_; }
  [[nodiscard]] std::int64_t training_samples() const override { return split_.training; }
  [[nodiscard]] LossFunction loss() const override;
  [[nodiscard]] std::unique_ptr<Validation> validation(const Model& model) override;
  [[nodiscard]] std::vector<Manifest::DataFile> data_files() const override;
  void check(const Model& model, const std::function<void(const std::string&)>& say) override;
  [[nodiscard]] Json effective() const override;
  [[nodiscard]] std::optional<Measured> measure(const Model& model) override;
  void add_metrics(Json& metrics, const RunResults& results, const TrainingState& state) const override;
  void fill_page(report::RunReport& page, const RunResults& results, const TrainingState& state,
                 const Model* model) override;

 private:
  const settings::Settings& settings_;
  Device device_;
  OperatorData data_;
  std::optional<OperatorData> test_;
  Split split_;
  ModelDescription description_;
  std::unique_ptr<Sweep> sweep_;         // the validation part
  std::optional<double> baseline_ = {};  // relative L2 of the mean training target
};

/// A settings object as the operator's network takes it. `fno_modes` must have been filled
/// (settings::check_against_data).
[[nodiscard]] OperatorConfig operator_config(const settings::Settings& settings, const OperatorData& data);

/// {"test": …} of --task operator as scores and JSON.
[[nodiscard]] Measured measured(const TestMetrics& metrics);

/// Pictures of what the network makes of the first samples of `data`: input, truth, prediction and error of each
/// channel (3-D grids by their middle plane, 1-D ones as curves).
[[nodiscard]] std::vector<report::Sample> sample_pictures(const Model& model, const OperatorData& data,
                                                          std::int64_t first, std::int64_t count, const Device& device);

}  // namespace fno::training
