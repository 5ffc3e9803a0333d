#include "tools/tasks/operator/metrics.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "framework/ops/elementwise.h"
#include "framework/ops/loss.h"

namespace fno::operators {

namespace {

constexpr Loss kLosses[] = {
    {"relative_l2", [](const Var& p, const Var& t) { return relative_l2(p, t); }},
    {"h1", [](const Var& p, const Var& t) { return relative_h1(p, t); }},
    {"mae", mae},
};

}  // namespace

std::span<const Loss> losses() { return kLosses; }

training::LossFunction loss_function(std::string_view name) {
  const auto* found = std::ranges::find(kLosses, name, &Loss::name);
  require<ErrorKind::config>(found != std::end(kLosses), "loss: found ", name);
  return found->op;
}

TestMetrics measure(const Model& model, const OperatorData& data, std::int64_t batch_size, const Device& device) {
  const NoGrad guard;
  training::Sweep sweep(data, 0, data.samples, batch_size, device);
  TestMetrics metrics{.n = data.samples, .grid = data.grid};
  for (std::int64_t step = 0; step < sweep.steps(); ++step) {
    const training::Batch batch = sweep.batch(step);
    const Var prediction = model.forward(Var(batch.x)), target(batch.y);
    const auto part = static_cast<double>(batch.samples.size()) / static_cast<double>(data.samples);
    metrics.relative_l2 += part * relative_l2(prediction, target).value().item();
    metrics.relative_h1 += part * relative_h1(prediction, target).value().item();
  }
  return metrics;
}

training::Measured measured(const TestMetrics& metrics) {
  training::Json test = training::Json::object();
  training::put_number(test, "relative_l2", metrics.relative_l2);
  training::put_number(test, "relative_h1", metrics.relative_h1);
  test["n"] = metrics.n;
  test["grid"] = metrics.grid;
  return {{{"test", test}}, {{"test relative L2", metrics.relative_l2}, {"test relative H1", metrics.relative_h1}}};
}

MeanField::MeanField(const OperatorData& data, std::int64_t training, const Device& device) {
  const std::int64_t size = data.outputs * data.points();
  std::vector<double> sum(static_cast<std::size_t>(size));
  for (std::int64_t sample = 0; sample < training; ++sample) {
    const std::span<const float> target = data.target(sample);
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += static_cast<double>(target[i]);
  }
  std::vector<float> mean;
  for (const double s : sum) mean.push_back(static_cast<float>(s / static_cast<double>(training)));
  Shape shape{1, data.outputs};
  for (const std::int64_t n : data.grid) shape.push_back(n);
  field_ = Var(Tensor::from(mean, shape, device));
}

Var MeanField::forward(const Var& x) const {
  Shape shape = field_.shape();
  shape[0] = x.shape(0);
  return field_ + Var(Tensor::zeros(shape, Dtype::float32, x.device()));
}

}  // namespace fno::operators
