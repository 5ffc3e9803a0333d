#include "tools/tasks/operator/operator_task.h"

#include <nlohmann/json.hpp>

#include "tools/report/text.h"
#include "tools/settings/validate.h"

namespace fno::training {
namespace {

constexpr std::int64_t kPictures = 3;

void forward_once(const Model& model, const OperatorData& data, const Device& device) {
  const NoGrad guard;
  Sweep one(data, 0, 1, 1, device);
  (void)model.forward(Var(one.batch(0).x));
}

// val_loss over a part of the training data.
class PartValidation : public Validation {
 public:
  PartValidation(const Model& model, Sweep& sweep, LossFunction loss) : inner_(model, sweep, std::move(loss)) {}
  [[nodiscard]] Result run() override { return inner_.run(); }

 private:
  SweepValidation inner_;
};

}  // namespace

OperatorConfig operator_config(const settings::Settings& settings, const OperatorData& data) {
  const settings::ModelSettings& model = settings.model;
  return {.architecture = std::string(settings::name_of(settings.run.architecture)),
          .dims = data.dims(),
          .in = static_cast<int>(data.inputs),
          .out = static_cast<int>(data.outputs),
          .width = static_cast<int>(model.fno_width),
          .modes = static_cast<int>(model.fno_modes.value()),
          .blocks = static_cast<int>(model.fno_blocks),
          .projection = static_cast<int>(model.fno_projection),
          .spectral = require_named<ModeConvention>("spectral", settings::name_of(model.spectral)),
          .stable_form = require_named<StableForm>("stable-form", settings::name_of(model.stable_form)),
          .layerscale_init = model.layerscale_init,
          .padding = model.domain_padding,
          .activation_checkpointing = settings.train.activation_checkpointing};
}

OperatorTask::OperatorTask(settings::Settings& settings, const Device& device) : settings_(settings), device_(device) {
  data_ = read_operator_data(settings.run.data);
  settings::check_against_data(settings, data_.grid);
  if (settings.run.test_data) {
    test_ = read_operator_data(*settings.run.test_data);
    require_channels(*test_, data_.inputs, data_.outputs, data_.dims(), settings.run.data);
    settings::check_modes(settings, test_->grid, "test grid");
  }
  split_ = split_samples(data_.samples, settings.train.validation_fraction);
  description_ = OperatorDescription{operator_config(settings, data_),
                                     fit_scaling(data_.x, split_.training, data_.inputs, data_.points()),
                                     fit_scaling(data_.y, split_.training, data_.outputs, data_.points())};
}

LossFunction OperatorTask::loss() const { return loss_function(settings_.train.loss); }

std::unique_ptr<Validation> OperatorTask::validation(const Model& model) {
  if (split_.validation == 0) return nullptr;
  sweep_ = std::make_unique<Sweep>(data_, split_.training, data_.samples, settings_.train.infer_batch_size, device_);
  return std::make_unique<SweepValidation>(model, *sweep_, loss());
}

std::vector<Manifest::DataFile> OperatorTask::data_files() const {
  std::vector<Manifest::DataFile> files{data_file("training", data_)};
  if (test_) files.push_back(data_file("test", *test_));
  return files;
}

// One sample through the network, so that what does not fit a grid is an error before anything has been written.
void OperatorTask::check(const Model& model, const std::function<void(const std::string&)>&) {
  forward_once(model, data_, device_);
  if (test_) forward_once(model, *test_, device_);
}

Json OperatorTask::effective() const { return {{"data_sha256", data_.sha256}}; }

std::optional<Measured> OperatorTask::measure(const Model& model) {
  if (!test_) return std::nullopt;
  const std::int64_t batch = settings_.train.infer_batch_size;
  if (test_->grid == data_.grid && !baseline_)
    baseline_ = training::measure(MeanField(data_, split_.training, device_), *test_, batch, device_).relative_l2;
  return measured(training::measure(model, *test_, batch, device_));
}

Measured measured(const TestMetrics& metrics) {
  return {metrics_json(metrics),
          {{"test relative L2", metrics.relative_l2}, {"test relative H1", metrics.relative_h1}}};
}

void OperatorTask::add_metrics(Json& metrics, const RunResults&, const TrainingState&) const {
  if (baseline_) put_number(metrics, "baseline_relative_l2", *baseline_);
}

void OperatorTask::fill_page(report::RunReport& page, const RunResults& results, const TrainingState&,
                             const Model* model) {
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

}  // namespace fno::training
