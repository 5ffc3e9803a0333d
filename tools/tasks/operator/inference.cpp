#include "tools/tasks/operator/inference.h"

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

#include "tools/tasks/operator/metrics.h"
#include "tools/tasks/operator/prediction_file.h"
#include "tools/tasks/operator/settings.h"

namespace fno::operators {
namespace {

// Takes the answers to a batch: (batch, channels, n1 …) without units.
using Take = std::function<void(std::span<const float> answers)>;

// Puts all samples to the network, and those that have targets to the trivial answer too.
void answer(const training::TrainedNetwork& trained, const OperatorData& data, training::Evaluation& result,
            const Take& take) {
  const NoGrad guard;
  // Model files and checkpoints of earlier versions do not hold the mean of the training targets at each point.
  const auto kept = std::ranges::find(trained.kept, MeanField::kName, &training::StoredTensor::name);
  const bool known = kept != trained.kept.end() && std::ssize(kept->shape) == data.dims() + 1;
  const MeanField mean = known ? MeanField(*kept) : MeanField(data, 0);
  ErrorMeans errors, trivial;
  training::Sweep sweep(data, 0, data.samples, trained.settings.train.infer_batch_size, trained.device());
  const auto size = static_cast<std::size_t>(data.outputs * data.points());
  for (std::int64_t step = 0; step < sweep.steps(); ++step) {
    const training::Batch batch = sweep.batch(step);
    const std::vector<float> answers = trained.model().forward(Var(batch.x)).value().to_host<float>();
    take(answers);
    if (!data.has_targets()) continue;
    const std::vector<float> means = mean.forward(Var(batch.x)).value().to_host<float>();
    for (std::size_t i = 0; i < batch.samples.size(); ++i) {
      errors.add(data, batch.samples[i], std::span(answers).subspan(i * size, size));
      trivial.add(data, batch.samples[i], std::span(means).subspan(i * size, size));
    }
  }
  result.samples = std::to_string(data.samples) + " on " + grid_text(data.grid);
  if (!data.has_targets()) return;
  result.measured = measured(errors.metrics(), trivial.metrics());
  result.remarks = verdict(errors.metrics(), trivial.metrics(),
                           known ? "mean of the training targets" : "mean of each channel in training");
}

training::Evaluation reading_of(const FieldPairs& pairs, const training::TrainedNetwork& trained) {
  training::Evaluation result{.readings = {"data " + pairs.text()}, .notices = pairs.notices};
  notice_lacking_modes(trained.description.config, pairs.grid, pairs.path, result.notices);
  return result;
}

FieldPairs read_for(const training::TrainedNetwork& trained, const std::string& path, bool needs_targets) {
  return read_inputs(path, trained.settings.own<OperatorSettings>().reading(), needs_targets, trained.description,
                     trained.whose);
}

OperatorData as_seen_by(const training::TrainedNetwork& trained, const FieldPairs& pairs) {
  return without_units(pairs, trained.description.input, trained.description.output);
}

}  // namespace

void notice_lacking_modes(const NetworkConfig& network, std::span<const std::int64_t> grid, const std::string& whose,
                          std::vector<std::string>& notices) {
  std::string axes;
  for (std::size_t axis = 0; axis < grid.size(); ++axis) {
    const int most = most_modes(network.spectral, static_cast<int>(grid[axis]), axis + 1 == grid.size());
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
    result = reading_of(pairs, trained);
    data = as_seen_by(trained, pairs);
  }
  answer(trained, data, result, [](std::span<const float>) {});
  return result;
}

training::Evaluation predict(const training::TrainedNetwork& trained, const training::PredictionFiles& files) {
  training::Evaluation result;
  OperatorData data;
  std::optional<PredictionFile> file;
  {
    const FieldPairs pairs = read_for(trained, files.data, files.needs_targets);
    result = reading_of(pairs, trained);
    file.emplace(files, trained.description, pairs);
    data = as_seen_by(trained, pairs);
  }
  answer(trained, data, result, [&](std::span<const float> answers) { file->append(answers); });
  file->finish();
  result.arrays = file->arrays();
  result.remarks.push_back("wrote " + file->text());
  return result;
}

}  // namespace fno::operators
