// Whole training steps on every device against the CPU: the same weights, data and updates, so the same losses.
#include <cmath>
#include <functional>
#include <gtest/gtest.h>

#include "framework/cpu/device.h"
#include "framework/ops/loss.h"
#include "framework/tensor/random.h"
#include "models/network.h"
#include "models/operator_model.h"
#include "optim/clip.h"
#include "optim/optimizer.h"
#include "tests/models/architectures.h"
#include "tests/support/on_each_device.h"

namespace fno {
namespace {

Tensor normal_tensor(const Shape& shape, std::uint64_t seed, const Device& device) {
  Random random(seed);
  std::vector<float> values(static_cast<std::size_t>(shape.size()));
  for (float& v : values) v = static_cast<float>(random.normal());
  return Tensor::from(values, shape, device);
}

using MakeModel = std::function<std::unique_ptr<Model>(ParameterStore&)>;

std::vector<double> losses_of(const Device& device, const MakeModel& make, const Shape& x_shape, const Shape& y_shape,
                              int steps) {
  ParameterStore store(device, 11);
  const std::unique_ptr<Model> model = make(store);
  Optimizer optimizer(store.parameters(), {});
  optimizer.set_rate(1e-3);
  const GradientClip clip({.rule = ClipRule::norm, .value = 1.0});
  const Var x(normal_tensor(x_shape, 1, device)), y(normal_tensor(y_shape, 2, device));
  std::vector<double> losses;
  for (int step = 0; step < steps; ++step) {
    const Var loss = mae(model->forward(x), y);
    losses.push_back(loss.value().item());
    backward(loss);
    optimizer.step(clip.apply(store.parameters()));
    optimizer.zero_grad();
  }
  return losses;
}

class TrainingStep : public test::OnEachDevice {
 protected:
  void expect_the_losses_of_the_cpu(const MakeModel& make, const Shape& x, const Shape& y, int steps) {
    const std::vector<double> here = losses_of(device, make, x, y, steps);
    const std::vector<double> cpu = losses_of(cpu_device(1), make, x, y, steps);
    for (std::size_t i = 0; i < cpu.size(); ++i) EXPECT_NEAR(here[i], cpu[i], 1e-5 * cpu[i]) << "step " << i;
    EXPECT_LT(cpu.back(), cpu.front());  // the steps did something
  }
};
FNO_ON_EACH_DEVICE(TrainingStep);

MakeModel operator_of(const char* architecture) {
  return [architecture](ParameterStore& store) {
    return std::make_unique<OperatorModel>(store, NetworkConfig{.architecture = architecture,
                                                                .dims = 2,
                                                                .width = 8,
                                                                .modes = 4,
                                                                .blocks = 2,
                                                                .projection = 16,
                                                                .spectral = ModeConvention::classic});
  };
}

MakeModel generator_of(NetworkConfig config) {
  return [config](ParameterStore& store) { return make_network(store, config); };
}

TEST_P(TrainingStep, FnoOperator) {
  expect_the_losses_of_the_cpu(operator_of("fno_operator"), {4, 1, 16, 16}, {4, 1, 16, 16}, 5);
}
TEST_P(TrainingStep, StableFno) {
  expect_the_losses_of_the_cpu(operator_of("stable_fno"), {4, 1, 16, 16}, {4, 1, 16, 16}, 5);
}
TEST_P(TrainingStep, Hybrid) {
  for (const char* architecture : {"hybrid", "stable_hybrid"}) {
    SCOPED_TRACE(architecture);
    expect_the_losses_of_the_cpu(
        generator_of({.architecture = architecture, .points = 32, .width = 4, .modes = 12, .blocks = 3}),
        {2, 1, 32, 32}, {2, 2, 32, 32}, 3);
  }
}

// Every architecture and each of its forms.
TEST_P(TrainingStep, EveryGenerator) {
  for (const test::SmallGenerator& g : test::small_generators()) {
    SCOPED_TRACE(g.name);
    const int n = g.config.points;
    expect_the_losses_of_the_cpu(generator_of(g.config), {2, 1, n, n}, {2, 2, n, n}, 2);
  }
}

}  // namespace
}  // namespace fno
