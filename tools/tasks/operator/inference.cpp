#include "tools/tasks/operator/inference.h"

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

#include "tools/tasks/operator/metrics.h"
#include "tools/tasks/operator/prediction_file.h"
#include "tools/tasks/operator/roll_out.h"
#include "tools/tasks/operator/settings.h"

namespace fno::operators {
namespace {

// Takes the answers to a batch: (batch, channels, n1 …) without units.
using Take = std::function<void(std::span<const float> answers)>;

// Puts all samples to the network, which is rolled out over `steps` where they are states in time, and those that have
// targets for as many steps to the trivial answers too.
void answer(const training::TrainedNetwork& trained, const OperatorData& data, std::int64_t steps,
            training::Evaluation& result, const Take& take) {
  const NoGrad guard;
  // Model files and checkpoints of earlier versions do not hold the mean of the training targets at each point.
  const auto kept = std::ranges::find(trained.kept, MeanField::kName, &training::StoredTensor::name);
  const bool known = kept != trained.kept.end() && std::ssize(kept->shape) == data.dims() + 1;
  const MeanField mean = known ? MeanField(*kept, data.ends) : MeanField(data, 0);
  const Persistence persistence(data.outputs);
  const bool measures = data.has_targets() && steps == data.following();
  std::vector<std::pair<TrivialAnswer, const Model*>> trivial{
      {{known ? "mean of the training targets" : "mean of each channel in training", "baseline", {}}, &mean}};
  if (data.history > 0) trivial.push_back({{"persistence", "persistence", {}}, &persistence});
  std::vector<ErrorMeans> of_trivial(trivial.size());
  ErrorMeans errors;
  const auto answers_of = [&](const Model& model, const Var& x) {
    const Var y = data.history > 0 ? roll_out(model, data.history, data.y_scaling, x, steps) : model.forward(x);
    return y.value().to_host<float>();
  };
  training::Sweep sweep(data, 0, data.samples, trained.settings.train.infer_batch_size, trained.device());
  const auto size = static_cast<std::size_t>(steps * data.outputs * data.points());
  for (std::int64_t step = 0; step < sweep.steps(); ++step) {
    const training::Batch batch = sweep.batch(step);
    const auto put = [&](const std::vector<float>& answers, ErrorMeans& to) {
      for (std::size_t i = 0; i < batch.samples.size(); ++i)
        to.add(data, batch.samples[i], std::span(answers).subspan(i * size, size));
    };
    const Var x(batch.x);
    const std::vector<float> answers = answers_of(trained.model(), x);
    take(answers);
    if (!measures) continue;
    put(answers, errors);
    for (std::size_t i = 0; i < trivial.size(); ++i) put(answers_of(*trivial[i].second, x), of_trivial[i]);
  }
  result.samples = std::to_string(data.samples) + " on " + grid_text(data.grid);
  if (data.has_targets() && !measures)
    result.notices.push_back(data.path + " goes on for " + std::to_string(data.following()) +
                             " steps, the answers for " + std::to_string(steps) + ": their errors are not measured");
  if (!measures) return;
  std::vector<TrivialAnswer> beside;
  for (std::size_t i = 0; i < trivial.size(); ++i) {
    beside.push_back(trivial[i].first);
    beside.back().metrics = of_trivial[i].metrics();
  }
  result.measured = measured(errors.metrics(), beside);
  result.remarks = verdict(errors.metrics(), beside);
}

training::Evaluation begun(const FieldPairs& pairs, const training::TrainedNetwork& trained) {
  training::Evaluation result{.readings = {"data " + pairs.text()}, .notices = pairs.notices};
  notice_lacking_modes(trained.description.config, pairs.grid, pairs.path, result.notices);
  return result;
}

FieldPairs read_for(const training::TrainedNetwork& trained, const std::string& path, bool needs_targets) {
  Reading reading = reading_of(trained.settings);
  reading.grid_ends = trained.description.config.grid_ends;
  reading.history.reset();
  // Those of the training file belong to no other.
  const auto targets = trained.settings.origins.find(kTargets);
  if (targets == trained.settings.origins.end() || targets->second.source != settings::Origin::Source::flag)
    reading.targets.clear();
  if (trained.description.history > 0) reading.history = trained.description.history;
  return read_inputs(path, reading, needs_targets, trained.description, trained.whose);
}

// Answers over `steps` as a file has them: time is the first axis of their grid.
FieldPairs rolled_out(const FieldPairs& states, std::int64_t steps) {
  FieldPairs answers{static_cast<const FieldShape&>(states)};
  answers.grid.insert(answers.grid.begin(), steps);
  answers.grid_axes = "t" + states.grid_axes;
  answers.y.axes = states.y.axes;
  answers.y.channels = states.y.channels;
  if (Layout& axes = answers.y.axes; axes.find('t') == Layout::npos)
    axes.insert(axes.find(states.grid_axes[0]), 1, 't');
  return answers;
}

// (batch, steps, channels, points) to (batch, channels, steps, points).
std::vector<float> channels_first(std::span<const float> answers, std::int64_t steps, const OperatorData& data) {
  const auto points = static_cast<std::size_t>(data.points()), channels = static_cast<std::size_t>(data.outputs),
             each = static_cast<std::size_t>(steps);
  std::vector<float> out(answers.size());
  for (std::size_t row = 0; row < answers.size() / points; ++row) {
    const std::size_t b = row / (each * channels), step = row / channels % each, c = row % channels;
    std::ranges::copy(answers.subspan(row * points, points),
                      out.begin() + static_cast<std::ptrdiff_t>(((b * channels + c) * each + step) * points));
  }
  return out;
}

OperatorData as_seen_by(const training::TrainedNetwork& trained, const FieldPairs& pairs) {
  return without_units(pairs, trained.description.input, trained.description.output);
}

}  // namespace

void notice_lacking_modes(const NetworkConfig& network, std::span<const std::int64_t> grid, const std::string& whose,
                          std::vector<std::string>& notices) {
  std::string axes;
  for (std::size_t axis = 0; axis < grid.size(); ++axis) {
    const auto steps = static_cast<int>(grid_steps(grid[axis], network.grid_ends));
    const int most = most_modes(network.spectral, steps, axis + 1 == grid.size());
    if (network.modes.of(axis) > most)
      axes += (axes.empty() ? "" : ", ") + std::to_string(most) + " of " + std::to_string(network.modes.of(axis)) +
              " along an axis of " + std::to_string(grid[axis]) + " points";
  }
  if (!axes.empty()) notices.push_back(whose + ": the grid lacks modes of the network, which are left out: " + axes);
}

training::Evaluation evaluate(const training::TrainedNetwork& trained, const std::string& path) {
  training::Evaluation result;
  OperatorData data;
  {  // what is held of the file is held once
    const FieldPairs pairs = read_for(trained, path, true);
    result = begun(pairs, trained);
    data = as_seen_by(trained, pairs);
  }
  answer(trained, data, data.following(), result, [](std::span<const float>) {});
  return result;
}

training::Evaluation predict(const training::TrainedNetwork& trained, const training::PredictionFiles& files) {
  training::Evaluation result;
  OperatorData data;
  std::optional<PredictionFile> file;
  const bool in_time = trained.description.history > 0;
  require<ErrorKind::config>(in_time || !files.rollout, "--rollout: found ", files.rollout.value_or(0),
                             ", accepted by ", "networks of states in time alone, which ", trained.whose,
                             " does not hold");
  std::int64_t steps = 1;
  {
    const FieldPairs pairs = read_for(trained, files.data, files.needs_targets);
    result = begun(pairs, trained);
    if (in_time) steps = files.rollout.value_or(std::max<std::int64_t>(pairs.following(), 1));
    file.emplace(files, trained.description, in_time ? rolled_out(pairs, steps) : pairs);
    data = as_seen_by(trained, pairs);
  }
  answer(trained, data, steps, result, [&](std::span<const float> answers) {
    if (in_time)
      file->append(channels_first(answers, steps, data));
    else
      file->append(answers);
  });
  file->finish();
  result.arrays = file->arrays();
  result.remarks.push_back("wrote " + file->text());
  return result;
}

}  // namespace fno::operators
