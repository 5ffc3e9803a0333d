#include "models/plan.h"

#include <gtest/gtest.h>

#include "framework/cpu/device.h"
#include "framework/ops/loss.h"
#include "models/network.h"
#include "models/operator_model.h"
#include "optim/optimizer.h"
#include "tests/support/expect_error.h"

namespace fno {
namespace {

struct Measured {
  std::size_t activations, peak;
};

// Two real steps with Adam on the CPU: what its pool says.
template <class Make>
Measured measure(const Make& make, const Shape& input, Var (*loss)(const Var&, const Var&)) {
  const Device device = cpu_device(1);
  ParameterStore store(device, 1);
  const auto model = make(store);
  Optimizer optimizer(store.parameters(), {});
  optimizer.set_rate(1e-3);
  const Var x(Tensor::full(input, Dtype::float32, device, 0.5));
  Measured m{};
  for (int step = 0; step < 2; ++step) {
    const std::size_t before = device.memory().use().in_use;
    const Var prediction = model->forward(x);
    const Var total = loss(prediction, Var(Tensor::full(prediction.shape(), Dtype::float32, device, 1)));
    m.activations = device.memory().use().in_use - before;
    backward(total);
    optimizer.step();
    optimizer.zero_grad();
  }
  m.peak = device.memory().use().peak;
  return m;
}

void expect_close(std::size_t planned, std::size_t measured, const char* what) {
  const double ratio = static_cast<double>(planned) / static_cast<double>(measured);
  EXPECT_NEAR(ratio, 1, 0.25) << what << ": planned " << planned << ", measured " << measured;
}

class GeneratorPlan : public testing::TestWithParam<NetworkConfig> {};
TEST_P(GeneratorPlan, AgreesWithThePoolOfTheCpu) {
  const NetworkConfig& c = GetParam();
  const StepPlan plan = plan_step(c, 4);
  const Measured m =
      measure([&](ParameterStore& store) { return make_network(store, c); }, Shape{4, 1, c.points, c.points}, mae);
  expect_close(plan.activation_bytes, m.activations, "activations");
  expect_close(plan.peak_bytes, m.peak, "peak");
}

NetworkConfig medium(const char* architecture, bool checkpointing) {
  return {.architecture = architecture,
          .points = 64,
          .width = 16,
          .modes = 12,
          .blocks = 3,
          .activation_checkpointing = checkpointing};
}
INSTANTIATE_TEST_SUITE_P(Some, GeneratorPlan,
                         testing::Values(medium("stable_hybrid", false), medium("stable_hybrid", true),
                                         medium("hybrid_resnet", false), medium("ffno", false), medium("cnn", true)),
                         [](const auto& param_info) {
                           return param_info.param.architecture +
                                  (param_info.param.activation_checkpointing ? "_checkpointed" : "");
                         });

TEST(OperatorPlan, AgreesWithThePoolOfTheCpu) {
  for (const bool checkpointing : {false, true}) {
    const NetworkConfig c{.architecture = "stable_fno",
                          .width = 16,
                          .modes = 8,
                          .blocks = 3,
                          .projection = 32,
                          .activation_checkpointing = checkpointing};
    const StepPlan plan = plan_step(c, 4, {48, 48});
    const ChannelScaling unit{.mean = {0}, .deviation = {1}};
    const Measured m =
        measure([&](ParameterStore& store) { return std::make_unique<OperatorModel>(store, c, unit, unit); },
                Shape{4, 1, 48, 48}, [](const Var& y, const Var& t) { return relative_l2(y, t); });
    expect_close(plan.activation_bytes, m.activations, "activations");
    expect_close(plan.peak_bytes, m.peak, "peak");
  }
}

TEST(Plan, WeightsGradientsAndMomentsFollowFromTheCount) {
  const StepPlan plan = plan_step(NetworkConfig{.architecture = "hybrid"}, 16);
  EXPECT_EQ(plan.parameters.logged, 17202402);
  EXPECT_EQ(plan.weight_bytes, 4u * 32095458);
  EXPECT_EQ(plan.gradient_bytes, plan.weight_bytes);
  EXPECT_EQ(plan.moment_bytes, 2 * plan.weight_bytes);
  EXPECT_GE(plan.peak_bytes, 4 * plan.weight_bytes);
}

// Weights and moments twice over for the checkpoint, beside what the device holds.
TEST(Plan, TheProcessOnTheCpuHoldsTheCheckpointToo) {
  const StepPlan plan = plan_step(NetworkConfig{.architecture = "hybrid"}, 16);
  EXPECT_GT(host_bytes_on_cpu(plan), plan.peak_bytes + 6 * plan.weight_bytes);
  // Measured: max RSS of fno train, 2 epochs of 2 steps, one thread, no test data.
  expect_close(host_bytes_on_cpu(plan), std::size_t{1491312} << 10, "max RSS, width 32");
  expect_close(host_bytes_on_cpu(plan_step(NetworkConfig{.architecture = "hybrid", .width = 16}, 16)),
               std::size_t{439436} << 10, "max RSS, width 16");
  expect_close(host_bytes_on_cpu(plan_step(NetworkConfig{.architecture = "hybrid_resnet"}, 16)),
               std::size_t{795476} << 10, "max RSS, hybrid_resnet");
}

// The largest network of the study: 33 GB of weights that must not be asked for.
TEST(Plan, AllocatesNothing) {
  const StepPlan plan = plan_step(NetworkConfig{.architecture = "hybrid", .points = 128, .blocks = 8}, 16);
  EXPECT_EQ(plan.parameters.logged, 4417975522);
  EXPECT_NEAR(static_cast<double>(plan.peak_bytes), 4 * 4 * 8.243e9, 1e9);  // weights, gradients and moments, the rest
}

TEST(Plan, CheckpointingTakesLessMemoryAndMoreArithmetic) {
  for (const char* architecture : {"hybrid", "stable_hybrid", "fno", "fno_vanilla", "ffno", "hybrid_resnet", "cnn"}) {
    SCOPED_TRACE(architecture);
    NetworkConfig c{.architecture = architecture};
    const StepPlan plain = plan_step(c, 16);
    c.activation_checkpointing = true;
    const StepPlan checkpointed = plan_step(c, 16);
    EXPECT_LT(checkpointed.activation_bytes, plain.activation_bytes);
    EXPECT_EQ(checkpointed.forward_flop, plain.forward_flop);
    EXPECT_GT(checkpointed.backward_flop, plain.backward_flop);
    EXPECT_LE(checkpointed.step_flop(), plain.step_flop() + plain.forward_flop);  // blocks once more, at most
  }
}

// By hand: a lifter (1 → h → h), one block and the head of fno_vanilla on 8 x 8 with h = 2, m = 3.
TEST(Plan, FlopAreThoseOfTheProducts) {
  const StepPlan plan =
      plan_step(NetworkConfig{.architecture = "fno_vanilla", .points = 8, .width = 2, .modes = 3, .blocks = 1}, 5);
  const double points = 64, batch = 5;
  const double convs = 2 * batch * points * (9 * 1 * 2 + 9 * 2 * 2 + 9 * 2 * 2 + 2 * 2);
  // Along rows 3 real-to-complex columns for each of 64 points, then along the 3 columns of 8 points 3 complex rows.
  const double rows = 2 * batch * 4 * points * 3, columns = 2 * batch * 8 * (8 * 3) * 3;
  const double mixing = 8 * batch * 9 * 2 * 2;
  const double forward = convs + 2 * (rows + columns) + mixing;
  EXPECT_DOUBLE_EQ(plan.forward_flop, forward);
  // Reverse: a product each for weights and for inputs, but none for the input of the network.
  EXPECT_DOUBLE_EQ(plan.backward_flop, 2 * convs - 2 * batch * points * 9 * 1 * 2 + 2 * (rows + columns) + 2 * mixing);
}

TEST(Plan, RefusesWhatCannotBeBuilt) {
  EXPECT_TRUE(test::throws_error(ErrorKind::config, "fno-blocks",
                                 [] { (void)plan_step(NetworkConfig{.architecture = "hybrid", .blocks = 8}, 16); }));
  EXPECT_TRUE(test::throws_error(ErrorKind::config, "batch-size", [] { (void)plan_step(NetworkConfig{}, 0); }));
  EXPECT_TRUE(test::throws_error(ErrorKind::config, "dimensions", [] {
    (void)plan_step(NetworkConfig{}, 1, {8, 8, 8});
  }));
}

}  // namespace
}  // namespace fno
