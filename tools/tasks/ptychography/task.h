#pragma once

#include <memory>
#include <optional>

#include "tools/tasks/ptychography/collapse.h"
#include "tools/tasks/ptychography/physics.h"
#include "tools/tasks/ptychography/reconstruct.h"
#include "tools/training/checkpoint.h"
#include "tools/training/task.h"

namespace fno::ptychography {

/// --task ptychography: a network from diffraction amplitudes to object patches, trained on the physics alone.
/// Source: Stage A specification.
class PtychographyTask : public training::Task {
 public:
  /// Errors: data, config.
  PtychographyTask(const settings::Settings& settings, const Device& device);

  [[nodiscard]] const training::ModelDescription& model() const override { return description_; }
  [[nodiscard]] training::SampleSource source() const override { return samples_of(data_); }
  [[nodiscard]] std::int64_t training_samples() const override { return data_.n; }
  [[nodiscard]] training::LossFunction loss() const override;
  [[nodiscard]] std::unique_ptr<training::Validation> validation(const Model& model) override;
  [[nodiscard]] std::vector<training::Manifest::DataFile> data_files() const override;
  /// The physics gate, unless --no-gate.
  void check(const Model& model, const std::function<void(const std::string&)>& say) override;
  [[nodiscard]] training::Json effective() const override;
  [[nodiscard]] std::optional<training::Measured> measure(const Model& model) override;
  void add_metrics(training::Json& metrics, const training::RunResults& results,
                   const training::TrainingState& state) const override;
  void write_files(const training::RunPaths& paths, const Model& last, const training::RunResults& results) override;
  void fill_page(report::RunReport& page, const training::RunResults& results, const training::TrainingState& state,
                 const Model* model) override;

  [[nodiscard]] const Physics& physics() const { return *physics_; }
  [[nodiscard]] const PtychoData& data() const { return data_; }

 private:
  [[nodiscard]] ComplexImage reconstruction(const Model& model) const;
  [[nodiscard]] std::optional<Verdict> verdict(const training::RunResults& results,
                                               const training::TrainingState& state) const;
  const settings::Settings& settings_;
  Device device_;
  PtychoData data_;
  std::optional<PtychoData> test_, validation_;
  std::optional<TestScan> scan_;
  std::optional<ReconMetrics> constant_;  // what a constant object scores against the truth of scan_
  std::unique_ptr<Physics> physics_;
  training::ModelDescription description_;
  std::optional<ComplexImage> last_recon_;  // of the last weights, made once for files and page
};

/// `fno evaluate` for a network of this task. Errors: data.
[[nodiscard]] training::Evaluation evaluate(const training::Checkpoint& checkpoint, const Model& model,
                                            const std::string& path, const Device& device);

/// Quality as tables show it.
[[nodiscard]] training::Measured measured(const ReconMetrics& metrics, const ReconMetrics& constant);

}  // namespace fno::ptychography
