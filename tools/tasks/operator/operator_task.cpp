#include "tools/tasks/operator/operator_task.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "framework/ops/shape.h"
#include "tools/report/text.h"
#include "tools/tasks/operator/inference.h"
#include "tools/tasks/operator/periodicity.h"
#include "tools/tasks/operator/roll_out.h"
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

// The answers to beat on those data, in the order of measured(): what `mean` is called, and the last state held.
std::vector<TrivialAnswer> trivial_answers(const Model& mean, const char* name, const OperatorData& data,
                                           std::int64_t batch, const Device& device) {
  std::vector<TrivialAnswer> answers{{name, "baseline", measure(mean, data, batch, device)}};
  if (data.history > 0)
    answers.push_back({"persistence", "persistence", measure(Persistence(data.outputs), data, batch, device)});
  return answers;
}

// The loss of a network, or of what is made of it, over a sweep.
class LossOf : public training::Validation {
 public:
  LossOf(const Model& network, std::unique_ptr<Model> around, training::Sweep sweep, training::LossFunction loss)
      : around_(std::move(around)), sweep_(around_ ? *around_ : network, std::move(sweep), std::move(loss)) {}
  [[nodiscard]] Result run(int epoch) override { return sweep_.run(epoch); }

 private:
  std::unique_ptr<Model> around_;
  training::SweepValidation sweep_;
};

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

void add_files(const std::string& role, const std::string& path, const OperatorData& data,
               std::vector<training::Manifest::DataFile>& files) {
  const bool two = !data.targets_path.empty();
  files.push_back(
      training::data_file(role, path, data.sha256, two ? std::vector<StoredArray>{data.arrays[0]} : data.arrays));
  if (two)
    files.push_back(training::data_file(role + " targets", data.targets_path, data.targets_sha256, {data.arrays[1]}));
}

}  // namespace

void fit_network(settings::Settings& settings, const FieldShape& data) {
  if (settings.model.padding < 0) settings.model.padding = 1.0;
  if (data.history > 0) {
    auto& own = settings.own<OperatorSettings>();
    own.history = data.history;
    own.rollout = own.rollout.value_or(1);
    require<ErrorKind::config>(*own.rollout <= data.following(), settings.label("train.rollout"), ": found ",
                               *own.rollout, ", accepted with the ", data.times, " states of a sample, the first ",
                               data.history, " of them input: at most ", data.following());
  }
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
    const FieldPairs pairs = read_field_pairs(settings.run.data, reading_of(settings));
    repeats_input = pairs.repeats_x();
    require<ErrorKind::config>(pairs.samples > 1 || own.validation_fraction <= 0, "--validation-fraction: found ",
                               own.validation_fraction, " of 1 sample in ", pairs.text(),
                               ", accepted: 0, or a file of more samples; --layout names the axes");
    split_ = training::split_samples(pairs.samples, own.validation_fraction);
    take("training", pairs);
    const Scalings scalings = fit_scalings(pairs, split_.training);
    data_ = without_units(pairs, scalings.x, scalings.y);
  }
  const bool asked = settings.model.padding >= 0;
  const std::vector<Seam> seams = seams_of(data_, split_.training);
  if (!asked) settings.model.padding = padding_for(seams);
  fit_network(settings, data_);
  rollout_ = own.rollout.value_or(1);
  const auto axes_text = [&](const auto& values) {
    std::string text;
    for (std::size_t axis = 0; axis < data_.grid.size(); ++axis)
      text += (axis == 0 ? "" : ", ") + report::format_number(static_cast<double>(values.of(axis)));
    return text;
  };
  readings_.push_back("modes " + axes_text(settings.model.modes) + "; domain padding " +
                      axes_text(settings.model.padding) + (asked ? " as asked: " : ": ") + seams_text(seams));
  if (data_.history > 0)
    readings_.push_back("history " + std::to_string(data_.history) + ", roll-out " + std::to_string(rollout_) + ": " +
                        std::to_string(training_samples()) + " places of " + std::to_string(split_.training) +
                        (split_.training == 1 ? " trajectory" : " trajectories") +
                        " to train on, tests over all steps");
  notice_constants(data_, notices_);
  notice_zero_targets(data_, notices_);
  mean_.emplace(data_, split_.training);
  description_ = {settings.model,   data_.x_scaling, data_.y_scaling, data_.x_channels,
                  data_.y_channels, data_.grid,      repeats_input,   data_.history};
  if (!settings.run.test_data) return;
  Reading reading = reading_of(settings);
  reading.targets = own.test_targets.value_or("");
  const FieldPairs pairs = read_field_pairs(*settings.run.test_data, reading);
  require_states(pairs, data_.history, settings.run.data);
  require_channels(pairs, data_.inputs, data_.outputs, data_.dims(), settings.run.data);
  notice_lacking_modes(settings.model, pairs.grid, pairs.path, notices_);
  take("test", pairs);
  if (pairs.sha256 == data_.sha256 && pairs.targets_sha256 == data_.targets_sha256)
    notices_.push_back(pairs.path +
                       ": the test data are the training data: their errors say nothing about unseen ones");
  test_ = without_units(pairs, data_.x_scaling, data_.y_scaling);
  notice_zero_targets(*test_, notices_);
}

training::LossFunction loss_over_steps(std::string_view name, std::int64_t steps) {
  const training::LossFunction loss = loss_function(name);
  if (steps == 1) return loss;
  return [loss, steps](const Var& prediction, const Var& target) {
    Shape each = target.shape();
    each[0] *= steps;
    each[1] /= steps;
    return loss(reshape(prediction, each), reshape(target, each));
  };
}

training::LossFunction OperatorTask::loss() const { return loss_over_steps(settings_.train.loss, rollout_); }

std::unique_ptr<Model> OperatorTask::trained_as(const Model& network) const {
  if (rollout_ == 1) return nullptr;
  return std::make_unique<RollOut>(network, data_.history, data_.y_scaling, rollout_);
}

std::unique_ptr<training::Validation> OperatorTask::validation(const Model& model) {
  if (split_.validation == 0) return nullptr;
  training::Sweep sweep(source(), training_samples(), data_.samples * data_.windows_each(rollout_),
                        settings_.train.infer_batch_size, device_);
  return std::make_unique<LossOf>(model, trained_as(model), std::move(sweep), loss());
}

std::vector<training::Manifest::DataFile> OperatorTask::data_files() const {
  std::vector<training::Manifest::DataFile> files;
  add_files("training", settings_.run.data, data_, files);
  if (test_) add_files("test", *settings_.run.test_data, *test_, files);
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
    if (split_.validation == 0) return std::nullopt;
    trivial_val_losses_ = {validation(*mean_)->run(0).val_loss};
    if (data_.history > 0) trivial_val_losses_.push_back(validation(Persistence(data_.outputs))->run(0).val_loss);
    return std::nullopt;
  }
  if (trivial_.empty()) trivial_ = trivial_answers(*mean_, kMean, *test_, batch, device_);
  const TestMetrics metrics = operators::measure(model, *test_, batch, device_);
  if (!last_) last_ = metrics;
  return measured(metrics, trivial_);
}

std::vector<std::string> OperatorTask::remarks(const training::RunResults& results,
                                               const training::TrainingState& state) const {
  if (results.last && !trivial_.empty()) return verdict(*last_, trivial_);
  if (trivial_val_losses_.empty() || state.history.empty()) return {};
  std::vector<std::string> lines;
  const auto best = std::ranges::min_element(trivial_val_losses_);
  const auto name = [&](auto at) { return at == trivial_val_losses_.begin() ? kMean : "persistence"; };
  for (auto loss = trivial_val_losses_.begin(); loss != trivial_val_losses_.end(); ++loss)
    lines.push_back(std::string(name(loss)) + ": val_loss " + report::format_number(*loss));
  const std::optional<double> reached = state.history.back().val_loss;
  if (!beats(reached, *best))
    lines.push_back(std::string("notice: the network is no better than ") + name(best) + ": val_loss " +
                    report::format_number(*reached) + " against " + report::format_number(*best));
  return lines;
}

void OperatorTask::add_metrics(training::Json& metrics, const training::RunResults&,
                               const training::TrainingState& state) const {
  for (const TrivialAnswer& answer : trivial_)
    if (answer.metrics.relative_l2)
      training::put_number(metrics, answer.key + "_relative_l2", *answer.metrics.relative_l2);
  if (trivial_val_losses_.empty() || state.history.empty()) return;
  const std::optional<double> reached = state.history.back().val_loss;
  training::put_number(metrics, "baseline_val_loss", trivial_val_losses_.front());
  metrics["beats_mean"] = beats(reached, trivial_val_losses_.front());
  if (trivial_val_losses_.size() == 1) return;
  training::put_number(metrics, "persistence_val_loss", trivial_val_losses_.back());
  metrics["beats_persistence"] = beats(reached, trivial_val_losses_.back());
}

void OperatorTask::fill_page(report::RunReport& page, const training::RunResults& results,
                             const training::TrainingState& state, const Model* model) {
  if (results.last) {
    const std::string error = report::number_or_dash(results.last->scores[0].value);
    page.summary += ", test relative L2 " + error;
    page.results.insert(page.results.begin(), {"Test relative L2", error, "last weights"});
  }
  if (!page.tables.empty())
    for (const TrivialAnswer& answer : trivial_) {
      std::vector<std::string> row{answer.name};
      for (const training::Score& score : measured(answer.metrics, {}).scores)
        row.push_back(report::number_or_dash(score.value));
      page.tables.front().rows.push_back(row);
    }
  if (results.last && !last_->steps.empty()) {
    page.tables.push_back(step_table(*last_, trivial_));
    page.more_plots.push_back(step_plot(*last_, trivial_));
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
  if (data_.history > 0)
    page.definitions.push_back({"step", "of a trajectory, from its first states on",
                                "The network is applied to its own answers; relative L2 and H1 take all steps "
                                "together. Persistence holds the last "
                                "of the first states."});
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
