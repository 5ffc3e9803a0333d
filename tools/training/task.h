#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tools/report/run_report.h"
#include "tools/settings/settings.h"
#include "tools/training/checkpoint.h"
#include "tools/training/manifest.h"
#include "tools/training/model_description.h"
#include "tools/training/run_directory.h"
#include "tools/training/trainer.h"

namespace fno::training {

/// A number that a set of weights scored on the test data, under the name that tables show it by.
struct Score {
  std::string name;
  std::optional<double> value;
};

/// What a set of weights came to on the test data.
struct Measured {
  Json json;                  ///< M of metrics.json
  std::vector<Score> scores;  ///< the same names for every set of weights
};

/// What a run came to, as far as it came.
struct RunResults {
  std::optional<Measured> last = {}, best = {};
  std::string trouble = {};  ///< why it ended early; empty for a whole run
  int failed_with = 0;       ///< exit status of the error that ended it; 0 for a whole or a stopped run
};

/// What one --task puts into a run, and what it makes of the result; the run itself (training_run.h) is the same for
/// all. A task reads and checks its data when it is made: nothing has been written by then.
class Task {
 public:
  Task(settings::Settings settings, Device device) : settings_(std::move(settings)), device_(std::move(device)) {}
  virtual ~Task() = default;

  /// What it was made of, with what only the data decide filled in (fno_modes of --task operator).
  [[nodiscard]] const settings::Settings& settings() const { return settings_; }
  [[nodiscard]] const Device& device() const { return device_; }

  [[nodiscard]] virtual const ModelDescription& model() const = 0;
  /// Samples to train on: the first `training_samples` of the source.
  [[nodiscard]] virtual SampleSource source() const = 0;
  [[nodiscard]] virtual std::int64_t training_samples() const = 0;
  [[nodiscard]] virtual LossFunction loss() const = 0;
  /// What the loss is taken of where it is not the network's answer to a batch itself: a model that uses the network,
  /// which outlives it. Null: the network.
  [[nodiscard]] virtual std::unique_ptr<Model> trained_as(const Model& /*network*/) const { return nullptr; }
  /// Null without data to validate on. The model outlives it.
  [[nodiscard]] virtual std::unique_ptr<Validation> validation(const Model& model) = 0;
  [[nodiscard]] virtual std::vector<Manifest::DataFile> data_files() const = 0;

  /// What must hold before the first step, the network included; nothing has been written yet. `say` shows a notice.
  /// Errors: config, numeric.
  virtual void check(const Model& model, const std::function<void(const std::string&)>& say) = 0;

  /// How the data were read, a line a file, shown before the first step.
  [[nodiscard]] virtual std::vector<std::string> readings() const { return {}; }
  /// What is to be said of the results, a line each, below their table.
  [[nodiscard]] virtual std::vector<std::string> remarks(const RunResults& /*results*/,
                                                         const TrainingState& /*state*/) const {
    return {};
  }

  /// What checkpoints keep for the task beside the weights.
  [[nodiscard]] virtual std::vector<StoredTensor> kept() const { return {}; }

  /// What the task's own live objects really use, for effective.json: data hash, gain.
  [[nodiscard]] virtual Json effective() const = 0;
  /// What the settings ask for under the same names, where they do.
  [[nodiscard]] virtual Json asked() const { return Json::object(); }

  /// Nothing without test data.
  [[nodiscard]] virtual std::optional<Measured> measure(const Model& model) = 0;

  /// What stands in metrics.json where there are no scores.
  [[nodiscard]] virtual Json no_scores() const { return nullptr; }

  /// Members of metrics.json beside "last", "best" and "best_epoch".
  virtual void add_metrics(Json& /*metrics*/, const RunResults& /*results*/, const TrainingState& /*state*/) const {}
  /// Files of the task in the run directory, made from the last weights of a run that reached its end.
  virtual void write_files(const RunPaths& /*paths*/, const Model& /*last*/, const RunResults& /*results*/) {}
  /// Headline, tables, pictures and definitions of the page; `model` is null for a run that failed.
  virtual void fill_page(report::RunReport& page, const RunResults& results, const TrainingState& state,
                         const Model* model) = 0;

 protected:
  settings::Settings settings_;
  Device device_;
};

/// The task of the settings, its data read and checked (tools/tasks/registry.cpp). Errors: those of reading data and of
/// settings that do not fit.
[[nodiscard]] std::unique_ptr<Task> make_task(settings::Settings settings, const Device& device);

}  // namespace fno::training
