#pragma once

#include "tools/tasks/operator/metrics.h"
#include "tools/training/checkpoint.h"
#include "tools/training/comparison.h"
#include "tools/training/task.h"

namespace fno::operators {

/// --task operator: a map between functions, learnt from pairs of them.
class OperatorTask : public training::Task {
 public:
  /// Errors: data, config.
  OperatorTask(settings::Settings settings, const Device& device);

  [[nodiscard]] const training::ModelDescription& model() const override { return description_; }
  [[nodiscard]] training::SampleSource source() const override { return data_.windows(rollout_); }
  [[nodiscard]] std::int64_t training_samples() const override {
    return split_.training * data_.windows_each(rollout_);
  }
  [[nodiscard]] training::LossFunction loss() const override;
  [[nodiscard]] std::unique_ptr<Model> trained_as(const Model& network) const override;
  [[nodiscard]] std::unique_ptr<training::Validation> validation(const Model& model) override;
  [[nodiscard]] std::vector<training::Manifest::DataFile> data_files() const override;
  void check(const Model& model, const std::function<void(const std::string&)>& say) override;
  [[nodiscard]] training::Json effective() const override;
  [[nodiscard]] std::optional<training::Measured> measure(const Model& model) override;
  [[nodiscard]] std::vector<training::StoredTensor> kept() const override { return {mean_->stored()}; }
  [[nodiscard]] std::vector<std::string> readings() const override { return readings_; }
  [[nodiscard]] std::vector<std::string> remarks(const training::RunResults& results,
                                                 const training::TrainingState& state) const override;
  [[nodiscard]] training::Json no_scores() const override { return {{"test", nullptr}}; }
  void add_metrics(training::Json& metrics, const training::RunResults& results,
                   const training::TrainingState& state) const override;
  void fill_page(report::RunReport& page, const training::RunResults& results, const training::TrainingState& state,
                 const Model* model) override;

 private:
  OperatorData data_;
  std::optional<OperatorData> test_;
  training::Split split_;     // of the file's samples
  std::int64_t rollout_ = 1;  // steps that the loss is taken of
  training::ModelDescription description_;
  std::vector<std::string> readings_, notices_;
  // The answers to beat, of which the mean of the training targets is the first: on the test data, or without any on
  // the validation part.
  std::optional<MeanField> mean_ = {};
  std::vector<TrivialAnswer> trivial_ = {};
  std::vector<double> trivial_val_losses_ = {};  // one each
  std::optional<TestMetrics> last_ = {};         // of the weights measured first
};

/// Puts into settings what the data decide: axes, channels, the modes where nobody asked, history and roll-out of
/// trajectories. Errors: those of check_against_data; config, for more steps than a trajectory has.
void fit_network(settings::Settings& settings, const FieldShape& data);

/// A loss of --loss over `steps` states beside each other in the channels: the mean of their losses.
[[nodiscard]] training::LossFunction loss_over_steps(std::string_view name, std::int64_t steps);

/// Scores and definitions of runs laid side by side.
[[nodiscard]] training::TaskComparison compare_runs(const std::vector<training::RunRecord>& runs, bool several_seeds);

/// The errors by step as curves.
[[nodiscard]] report::NamedPlot step_plot(const TestMetrics& metrics, const std::vector<TrivialAnswer>& trivial);

/// Pictures of what the network makes of the first samples of `data`: input, truth, prediction and error of each
/// channel (3-D grids by their middle plane, 1-D ones as curves), of trajectories at some of their steps.
[[nodiscard]] std::vector<report::Sample> sample_pictures(const Model& model, const OperatorData& data,
                                                          std::int64_t first, std::int64_t count, const Device& device);

}  // namespace fno::operators
