#include "tools/tasks/operator/operator_task.h"

#include <nlohmann/json.hpp>

#include "tools/report/text.h"
#include "tools/tasks/operator/settings.h"

namespace fno::operators {
namespace {

constexpr std::int64_t kPictures = 3;

void forward_once(const Model& model, const OperatorData& data, const Device& device) {
  const NoGrad guard;
  training::Sweep one(data, 0, 1, 1, device);
  (void)model.forward(Var(one.batch(0).x));
}

training::Manifest::DataFile file_of(const std::string& role, const OperatorData& data) {
  return training::data_file(role, data.path, data.sha256, data.arrays);
}

}  // namespace

void fit_network(settings::Settings& settings, const OperatorData& data) {
  check_against_data(settings, data.grid);
  settings.model.dims = data.dims();
  settings.model.in = static_cast<int>(data.inputs);
  settings.model.out = static_cast<int>(data.outputs);
}

OperatorTask::OperatorTask(settings::Settings given, const Device& device) : Task(std::move(given), device) {
  data_ = read_operator_data(settings_.run.data);
  fit_network(settings_, data_);
  if (settings_.run.test_data) {
    test_ = read_operator_data(*settings_.run.test_data);
    require_channels(*test_, data_.inputs, data_.outputs, data_.dims(), settings_.run.data);
    check_modes(settings_, test_->grid, "test grid");
  }
  split_ = training::split_samples(data_.samples, settings_.own<OperatorSettings>().validation_fraction);
  description_ =
      training::ModelDescription{settings_.model, fit_scaling(data_.x, split_.training, data_.inputs, data_.points()),
                                 fit_scaling(data_.y, split_.training, data_.outputs, data_.points())};
}

training::LossFunction OperatorTask::loss() const { return loss_function(settings_.train.loss); }

std::unique_ptr<training::Validation> OperatorTask::validation(const Model& model) {
  if (split_.validation == 0) return nullptr;
  return std::make_unique<training::SweepValidation>(
      model, training::Sweep(data_, split_.training, data_.samples, settings_.train.infer_batch_size, device_), loss());
}

std::vector<training::Manifest::DataFile> OperatorTask::data_files() const {
  std::vector<training::Manifest::DataFile> files{file_of("training", data_)};
  if (test_) files.push_back(file_of("test", *test_));
  return files;
}

// One sample through the network, so that what does not fit a grid is an error before anything has been written.
void OperatorTask::check(const Model& model, const std::function<void(const std::string&)>&) {
  forward_once(model, data_, device_);
  if (test_) forward_once(model, *test_, device_);
}

training::Json OperatorTask::effective() const { return {{"data_sha256", data_.sha256}}; }

std::optional<training::Measured> OperatorTask::measure(const Model& model) {
  if (!test_) return std::nullopt;
  const std::int64_t batch = settings_.train.infer_batch_size;
  if (test_->grid == data_.grid && !baseline_)
    baseline_ = operators::measure(MeanField(data_, split_.training, device_), *test_, batch, device_).relative_l2;
  return measured(operators::measure(model, *test_, batch, device_));
}

training::Evaluation evaluate(const training::Checkpoint& checkpoint, const Model& model, const std::string& path,
                              const Device& device) {
  const NetworkConfig& config = checkpoint.model.config;
  const OperatorData data = read_operator_data(path);
  require_channels(data, config.in, config.out, config.dims, "the run");
  const TestMetrics metrics = measure(model, data, checkpoint.infer_batch_size, device);
  std::string grid;
  for (const std::int64_t n : metrics.grid) grid += (grid.empty() ? "" : " x ") + std::to_string(n);
  return {measured(metrics), std::to_string(metrics.n) + " on " + grid};
}

void OperatorTask::add_metrics(training::Json& metrics, const training::RunResults&,
                               const training::TrainingState&) const {
  if (baseline_) training::put_number(metrics, "baseline_relative_l2", *baseline_);
}

void OperatorTask::fill_page(report::RunReport& page, const training::RunResults& results,
                             const training::TrainingState&, const Model* model) {
  if (results.last) {
    const std::string error = report::format_number(results.last->scores[0].value.value());
    page.summary += ", test relative L2 " + error;
    page.results.insert(page.results.begin(), {"Test relative L2", error, "last weights"});
  }
  if (baseline_ && !page.tables.empty())
    page.tables.front().rows.push_back({"mean of the training targets", report::format_number(*baseline_), "–"});
  if (model != nullptr && test_) page.samples = sample_pictures(*model, *test_, 0, kPictures, device_);
  if (model != nullptr && !test_ && split_.validation > 0)
    page.samples = sample_pictures(*model, data_, split_.training, kPictures, device_);
  page.definitions = {
      {"relative L2", "mean over samples of ‖p − y‖ / ‖y‖", "Norms over channels and grid, in the units of the data."},
      {"relative H1", "mean over samples and channels of ‖p − y‖_H1 / ‖y‖_H1",
       "Squares of values and of periodic central differences on the unit domain, summed over the grid."},
      {"best", "weights of the epoch with the least val_loss",
       "val_loss is the training loss on the last part of the training file; the test data choose nothing."}};
}

training::TaskComparison compare_runs(const std::vector<training::RunRecord>& runs, bool /*several_seeds*/) {
  training::TaskComparison c{.columns = {{"relative L2"}, {"relative H1"}}};
  const auto values = [](const training::Json& m) {
    const training::Json test = m.is_object() ? m.value("test", training::Json()) : training::Json();
    training::ScoreValues found;
    for (const char* key : {"relative_l2", "relative_h1"}) {
      const training::Json value = test.is_object() ? test.value(key, training::Json()) : training::Json();
      found.push_back(value.is_number() ? std::optional(value.get<double>()) : std::nullopt);
    }
    return found;
  };
  for (const training::RunRecord& run : runs) {
    c.last.push_back(values(run.scores("last")));
    c.best.push_back(values(run.scores("best")));
  }
  c.stats.resize(runs.size());
  return c;
}

}  // namespace fno::operators
