#include "tools/tasks/operator/operator_task.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tools/report/text.h"
#include "tools/tasks/operator/inference.h"
#include "tools/tasks/operator/periodicity.h"
#include "tools/tasks/operator/settings.h"

namespace fno::operators {
namespace {

constexpr std::int64_t kPictures = 3;

void forward_once(const Model& model, const OperatorData& data, const Device& device) {
  const NoGrad guard;
  training::Sweep one(data, 0, 1, 1, device);
  (void)model.forward(Var(one.batch(0).x));
}

constexpr const char* kMean = "mean of the training targets";

// "3 of 54 targets of train.npz are zero everywhere (the first: sample 7, channel y1) …"; channels that never vary are
// named elsewhere.
void notice_zero_targets(const OperatorData& data, std::vector<std::string>& notices) {
  std::vector<ZeroTarget> zero = zero_targets(data);
  std::erase_if(
      zero, [&](const ZeroTarget& z) { return data.y_scaling.deviation[static_cast<std::size_t>(z.channel)] == 0; });
  if (zero.empty()) return;
  notices.push_back(data.path + ": " + std::to_string(zero.size()) + " of " +
                    std::to_string(data.samples * data.outputs) + " targets are zero everywhere, the first in sample " +
                    std::to_string(zero[0].sample) + ", channel " +
                    data.y_channels[static_cast<std::size_t>(zero[0].channel)] + ": relative errors leave them out");
}

void notice_constants(const OperatorData& data, std::vector<std::string>& notices) {
  const auto look = [&](const training::ChannelScaling& scaling, const std::vector<std::string>& names,
                        const char* consequence) {
    for (std::size_t c = 0; c < names.size(); ++c)
      if (scaling.deviation[c] == 0)
        notices.push_back(data.path + ": channel " + names[c] + " is " + report::format_number(scaling.mean[c]) +
                          " in all training samples: " + consequence);
  };
  look(data.x_scaling, data.x_channels, "it tells the network nothing");
  look(data.y_scaling, data.y_channels, "it is answered by that number, and nothing of it is learnt");
}

training::Manifest::DataFile file_of(const std::string& role, const OperatorData& data) {
  return training::data_file(role, data.path, data.sha256, data.arrays);
}

}  // namespace

void fit_network(settings::Settings& settings, const FieldShape& data) {
  if (settings.model.padding < 0) settings.model.padding = 1.0;
  check_against_data(settings, data.grid);
  settings.model.dims = data.dims();
  settings.model.in = static_cast<int>(data.inputs);
  settings.model.out = static_cast<int>(data.outputs);
}

OperatorTask::OperatorTask(settings::Settings given, const Device& device) : Task(std::move(given), device) {
  settings::Settings& settings = settings_;
  const auto& own = settings.own<OperatorSettings>();
  const auto take = [&](const char* role, const FieldPairs& pairs) {
    readings_.push_back(std::string(role) + " data " + pairs.text());
    notices_.insert(notices_.end(), pairs.notices.begin(), pairs.notices.end());
  };
  bool repeats_input = false;
  {
    const FieldPairs pairs = read_field_pairs(settings.run.data, own.reading());
    repeats_input = pairs.repeats_x();
    require<ErrorKind::config>(pairs.samples > 1 || own.validation_fraction <= 0, "--validation-fraction: found ",
                               own.validation_fraction, " of 1 sample in ", pairs.text(),
                               ", accepted: 0, or a file of more samples; --layout names the axes");
    split_ = training::split_samples(pairs.samples, own.validation_fraction);
    take("training", pairs);
    data_ = without_units(pairs, fit_scaling(pairs.x.values, split_.training),
                          fit_scaling(pairs.y.values, split_.training));
  }
  const bool asked = settings.model.padding >= 0;
  const std::vector<Seam> seams = seams_of(data_, split_.training);
  if (!asked) settings.model.padding = padding_for(seams);
  fit_network(settings, data_);
  const auto axes_text = [&](const auto& values) {
    std::string text;
    for (std::size_t axis = 0; axis < data_.grid.size(); ++axis)
      text += (axis == 0 ? "" : ", ") + report::format_number(static_cast<double>(values.of(axis)));
    return text;
  };
  readings_.push_back("modes " + axes_text(settings.model.modes) + "; domain padding " +
                      axes_text(settings.model.padding) + (asked ? " as asked: " : ": ") + seams_text(seams));
  notice_constants(data_, notices_);
  notice_zero_targets(data_, notices_);
  mean_.emplace(data_, split_.training);
  description_ = {settings.model,   data_.x_scaling, data_.y_scaling, data_.x_channels,
                  data_.y_channels, data_.grid,      repeats_input};
  if (!settings.run.test_data) return;
  const FieldPairs pairs = read_field_pairs(*settings.run.test_data, own.reading());
  require_channels(pairs, data_.inputs, data_.outputs, data_.dims(), settings.run.data);
  notice_lacking_modes(settings.model, pairs.grid, pairs.path, notices_);
  take("test", pairs);
  if (pairs.sha256 == data_.sha256)
    notices_.push_back(pairs.path +
                       ": the test data are the training data: their errors say nothing about unseen ones");
  test_ = without_units(pairs, data_.x_scaling, data_.y_scaling);
  notice_zero_targets(*test_, notices_);
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
void OperatorTask::check(const Model& model, const std::function<void(const std::string&)>& say) {
  for (const std::string& notice : notices_) say(notice);
  forward_once(model, data_, device_);
  if (test_) forward_once(model, *test_, device_);
}

training::Json OperatorTask::effective() const { return {{"data_sha256", data_.sha256}}; }

std::optional<training::Measured> OperatorTask::measure(const Model& model) {
  const std::int64_t batch = settings_.train.infer_batch_size;
  if (!test_) {
    if (split_.validation > 0) baseline_val_loss_ = validation(*mean_)->run(0).val_loss;
    return std::nullopt;
  }
  if (!baseline_) baseline_ = operators::measure(*mean_, *test_, batch, device_);
  const TestMetrics metrics = operators::measure(model, *test_, batch, device_);
  if (!last_) last_ = metrics;
  return measured(metrics, *baseline_);
}

std::vector<std::string> OperatorTask::remarks(const training::RunResults& results,
                                               const training::TrainingState& state) const {
  if (results.last && baseline_) return verdict(*last_, *baseline_, kMean);
  if (!baseline_val_loss_ || state.history.empty()) return {};
  std::vector<std::string> lines{std::string(kMean) + ": val_loss " + report::format_number(*baseline_val_loss_)};
  const std::optional<double> reached = state.history.back().val_loss;
  if (!beats(reached, baseline_val_loss_))
    lines.push_back(std::string("notice: the network is no better than the ") + kMean + ": val_loss " +
                    report::format_number(*reached) + " against " + report::format_number(*baseline_val_loss_));
  return lines;
}

void OperatorTask::add_metrics(training::Json& metrics, const training::RunResults&,
                               const training::TrainingState& state) const {
  if (baseline_ && baseline_->relative_l2)
    training::put_number(metrics, "baseline_relative_l2", *baseline_->relative_l2);
  if (!baseline_val_loss_ || state.history.empty()) return;
  training::put_number(metrics, "baseline_val_loss", *baseline_val_loss_);
  metrics["beats_mean"] = beats(state.history.back().val_loss, baseline_val_loss_);
}

void OperatorTask::fill_page(report::RunReport& page, const training::RunResults& results,
                             const training::TrainingState& state, const Model* model) {
  if (results.last) {
    const std::string error = report::number_or_dash(results.last->scores[0].value);
    page.summary += ", test relative L2 " + error;
    page.results.insert(page.results.begin(), {"Test relative L2", error, "last weights"});
  }
  if (baseline_ && !page.tables.empty()) {
    std::vector<std::string> row{kMean};
    for (const training::Score& score : measured(*baseline_, *baseline_).scores)
      row.push_back(report::number_or_dash(score.value));
    page.tables.front().rows.push_back(row);
  }
  constexpr std::string_view kNotice = "notice: ";
  for (const std::string& line : remarks(results, state))
    if (line.starts_with(kNotice)) page.warnings.push_back(line.substr(kNotice.size()));
  for (const std::string& line : readings_) page.manifest.push_back({"as read", line});
  if (model != nullptr && test_) page.samples = sample_pictures(*model, *test_, 0, kPictures, device_);
  if (model != nullptr && !test_ && split_.validation > 0)
    page.samples = sample_pictures(*model, data_, split_.training, kPictures, device_);
  page.definitions = {
      {"relative L2", "mean over samples of ‖p − y‖ / ‖y‖",
       "Norms over channels and grid, in the units of the data. Targets that are zero everywhere are left out."},
      {"relative H1", "mean over samples and channels of ‖p − y‖_H1 / ‖y‖_H1",
       "Squares of values and of periodic central differences on the unit domain, summed over the grid."},
      {"mean of the training targets", "their mean at each point of the grid, whatever the input",
       "The answer to beat; a network that is not a hundredth better has learnt nothing of use."},
      {"best", "weights of the epoch with the least val_loss",
       "val_loss is the training loss on the last part of the training file, of fields without units: each channel "
       "without its mean and divided by its deviation. The test data choose nothing."}};
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
