#pragma once

#include <memory>
#include <optional>

#include "tools/tasks/ptychography/collapse.h"
#include "tools/tasks/ptychography/measured_object.h"
#include "tools/tasks/ptychography/physics.h"
#include "tools/tasks/ptychography/validation.h"
#include "tools/training/inference.h"

namespace fno::ptychography {

/// The data of --task ptychography in memory, read once for a run or for all runs of a study.
struct RunData {
  /// Reads the files that the settings name. Errors: data; config for flags that contradict what a file says.
  explicit RunData(const settings::Settings& settings);
  RunData(const RunData&) = delete;
  RunData& operator=(const RunData&) = delete;

  /// The splits by their role in the manifest.
  [[nodiscard]] std::vector<std::pair<std::string, const PtychoData*>> splits() const;
  /// Passes all splits through the physics gate. `say` shows why one was not looked at. Errors: numeric.
  void pass_gate(const Physics& physics, const Device& device,
                 const std::function<void(const std::string&)>& say) const;

  /// The measurement that is reconstructed: the test data, else the training data; null if these are none.
  [[nodiscard]] const PtychoData* measurement() const;

  PtychoData training;
  std::optional<PtychoData> test, validation;
  std::optional<TestScan> scan;          ///< of the test split, where it is a simulated one
  std::optional<ReconMetrics> constant;  ///< what a constant object scores against the truth of the scan
};

/// --task ptychography: a network from diffraction amplitudes to object patches, trained on the physics alone.
/// Source: Stage A specification.
class PtychographyTask : public training::Task {
 public:
  /// Without `data` reads those of the settings; with `pace` looks at them as a study does. Errors: data, config.
  PtychographyTask(settings::Settings settings, const Device& device, std::shared_ptr<const RunData> data = nullptr,
                   const std::optional<ScanPace>& pace = {});

  [[nodiscard]] const training::ModelDescription& model() const override { return description_; }
  [[nodiscard]] training::SampleSource source() const override { return samples_of(data_->training); }
  [[nodiscard]] std::int64_t training_samples() const override { return data_->training.n; }
  [[nodiscard]] training::LossFunction loss() const override;
  [[nodiscard]] std::unique_ptr<training::Validation> validation(const Model& model) override;
  [[nodiscard]] std::vector<training::Manifest::DataFile> data_files() const override;
  /// Notices of reading, then the physics gate, unless --no-gate.
  void check(const Model& model, const std::function<void(const std::string&)>& say) override;
  [[nodiscard]] std::vector<std::string> readings() const override;
  [[nodiscard]] std::vector<std::string> remarks(const training::RunResults& results,
                                                 const training::TrainingState& state) const override;
  [[nodiscard]] training::Json effective() const override;
  [[nodiscard]] training::Json asked() const override;
  [[nodiscard]] std::optional<training::Measured> measure(const Model& model) override;
  void add_metrics(training::Json& metrics, const training::RunResults& results,
                   const training::TrainingState& state) const override;
  void write_files(const training::RunPaths& paths, const Model& last, const training::RunResults& results) override;
  void fill_page(report::RunReport& page, const training::RunResults& results, const training::TrainingState& state,
                 const Model* model) override;

 private:
  [[nodiscard]] ComplexImage reconstruction(const Model& model) const;
  [[nodiscard]] std::optional<Verdict> verdict(const training::RunResults& results,
                                               const training::TrainingState& state) const;
  std::shared_ptr<const RunData> data_;
  std::optional<ScanPace> pace_;
  Physics physics_;
  training::ModelDescription description_;
  std::optional<ComplexImage> last_recon_;     // of the last weights, made once for files and page
  std::optional<MeasuredObject> last_object_;  // the same of a measurement, of the weights measured first
};

/// As effective.json has it: "batch" or the factor.
[[nodiscard]] training::Json gain_json(const ProbeGain& gain);

/// Quality as tables show it.
[[nodiscard]] training::Measured measured(const ReconMetrics& metrics, const ReconMetrics& constant);

}  // namespace fno::ptychography
