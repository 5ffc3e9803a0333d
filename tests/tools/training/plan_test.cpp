#include "tools/training/plan.h"

#include <gtest/gtest.h>

#include "framework/cpu/device.h"
#include "framework/ops/loss.h"
#include "framework/scope.h"
#include "tests/models/architectures.h"
#include "tests/support/expect_error.h"

namespace fno::training {
namespace {

// A patch network with the mean absolute error of its maps.
PlannedStep patches(const NetworkConfig& c, int batch) {
  return {.network = c,
          .input = {batch, c.channels, c.points, c.points},
          .target = {batch, 2 * c.channels, c.points, c.points},
          .loss = mae};
}

// An operator with relative L2.
PlannedStep fields(const NetworkConfig& c, int batch, const std::vector<int>& grid) {
  PlannedStep step{
      .network = c, .input = {batch, c.in}, .target = {batch, c.out}, .loss = [](const Var& p, const Var& t) {
        return relative_l2(p, t);
      }};
  for (const int n : grid) {
    step.input.push_back(n);
    step.target.push_back(n);
  }
  return step;
}

// Real steps on the CPU, the second traced: what its pool says, and what it was asked for in each pass.
struct Measured {
  std::size_t activations = 0, peak = 0;
  std::vector<TracedJob> forward, backward, update;
};
Measured measure(const PlannedStep& planned) {
  const auto trace = std::make_shared<Trace>();
  const Device device = tracing_device(trace, cpu_device(1));
  ParameterStore store(device, 1);
  const auto model = make_network(store, planned.network);
  Optimizer optimizer(store.parameters(), planned.optimizer);
  optimizer.set_rate(1e-3);
  const GradientClip clip(planned.clip);
  const Var x(Tensor::full(planned.input, Dtype::float32, device, 0.5));
  Measured m;
  for (int step = 0; step < 2; ++step) {
    const Var target(Tensor::full(planned.target, Dtype::float32, device, 1));
    const std::size_t before = device.memory().use().in_use;
    trace->jobs.clear();
    const Var prediction = model->forward(x);
    const Scope scope("loss");
    const Var total = planned.loss(prediction, target);
    m.activations = device.memory().use().in_use - before;
    m.forward = std::exchange(trace->jobs, {});
    fno::backward(total);
    m.backward = std::exchange(trace->jobs, {});
    optimizer.step(clip.apply(store.parameters(), grad_norm(store.parameters())));
    m.update = std::exchange(trace->jobs, {});
    optimizer.zero_grad();
  }
  m.peak = device.memory().use().peak;
  return m;
}

void expect_close(std::size_t planned, std::size_t measured, const char* what) {
  const double ratio = static_cast<double>(planned) / static_cast<double>(measured);
  EXPECT_NEAR(ratio, 1, 0.05) << what << ": planned " << planned << ", measured " << measured;
}

void expect_memory(PlannedStep step) {
  step.cpu_threads = 1;
  const StepPlan plan = plan_step(step);
  const Measured m = measure(step);
  expect_close(plan.activation_bytes, m.activations, "activations");
  expect_close(plan.peak_bytes, m.peak, "peak");
}

class GeneratorPlan : public testing::TestWithParam<NetworkConfig> {};
TEST_P(GeneratorPlan, AgreesWithThePoolOfTheCpu) { expect_memory(patches(GetParam(), 4)); }

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
    expect_memory(fields(c, 4, {48, 48}));
  }
}

void expect_same(const std::vector<TracedJob>& planned, const std::vector<TracedJob>& asked) {
  ASSERT_EQ(planned.size(), asked.size());
  for (std::size_t i = 0; i < planned.size(); ++i) {
    SCOPED_TRACE(planned[i].scope + " " + planned[i].job);
    EXPECT_EQ(planned[i].scope, asked[i].scope);
    EXPECT_EQ(planned[i].job, asked[i].job);
    EXPECT_EQ(planned[i].launches, asked[i].launches);
    EXPECT_EQ(planned[i].work, asked[i].work);
  }
}

// Every architecture and form, so that a new one is held to it too.
TEST(Plan, JobsAreThoseOfARealStepAndEachIsSomebodys) {
  std::vector<PlannedStep> steps;
  for (const test::SmallGenerator& g : test::small_generators()) steps.push_back(patches(g.config, 2));
  for (const Architecture& a : architectures())
    if (a.kind == NetworkKind::grid_operator)
      steps.push_back(fields({.architecture = std::string(a.name), .width = 4, .modes = 3, .blocks = 2}, 2, {8, 6}));
  steps[0].network.input_transform = InputTransform::log1p;
  steps[1].network.activation_checkpointing = true;
  steps[2].clip = {.rule = ClipRule::norm, .value = 1};
  steps[3].optimizer.kind = OptimizerKind::sgd;
  for (const PlannedStep& step : steps) {
    SCOPED_TRACE(step.network.architecture);
    const StepPlan plan = plan_step(step);
    const Measured m = measure(step);
    expect_same(plan.of(Pass::forward), m.forward);
    expect_same(plan.of(Pass::backward), m.backward);
    expect_same(plan.of(Pass::update), m.update);
    EXPECT_GT(plan.launches(), 20);
    for (const Pass pass : kPasses)
      for (const TracedJob& job : plan.of(pass)) EXPECT_NE(job.scope, "") << job.job << ", " << name_of(pass);
  }
}

TEST(Plan, WeightsGradientsAndMomentsFollowFromTheCount) {
  const StepPlan plan = plan_step(patches({.architecture = "hybrid"}, 16));
  EXPECT_EQ(plan.parameters.logged, 17202402);
  EXPECT_EQ(plan.weight_bytes, 4u * 32095458);
  EXPECT_EQ(plan.gradient_bytes, plan.weight_bytes);
  EXPECT_EQ(plan.moment_bytes, 2 * plan.weight_bytes);
  EXPECT_GE(plan.peak_bytes, 4 * plan.weight_bytes);
}

// Weights and moments once more for the checkpoint, beside what the device holds.
TEST(Plan, TheProcessOnTheCpuHoldsTheCheckpointToo) {
  const StepPlan plan = plan_step(patches({.architecture = "hybrid"}, 16));
  const ProcessPlan process = plan_process(plan, 1000);
  EXPECT_EQ(process.data_bytes, 1000U);
  EXPECT_EQ(process.checkpoint_bytes, 3 * plan.weight_bytes);
  EXPECT_GT(process.total(), plan.peak_bytes + 3 * plan.weight_bytes);
}

// What a layer keeps adds up to the whole, and is that layer's.
TEST(Plan, SavedActivationsHaveTheirLayers) {
  const PlannedStep step =
      fields({.architecture = "fno_operator", .width = 16, .modes = 8, .blocks = 2, .projection = 32}, 4, {48, 48});
  const StepPlan plan = plan_step(step);
  std::size_t sum = 0, block = 0;
  for (const HeldMemory& layer : plan.saved) {
    sum += layer.bytes;
    if (layer.scope == "blocks.0") block = layer.bytes;
  }
  EXPECT_EQ(sum, plan.activation_bytes);
  const double field = 4.0 * 4 * 16 * 48 * 48, spectrum = 8.0 * 4 * 16 * 16 * 8;
  EXPECT_GE(static_cast<double>(block), field + spectrum);
  EXPECT_LE(static_cast<double>(block), 1.125 * (2 * field + spectrum));
}

// The largest network of the study: 33 GB of weights that must not be asked for.
TEST(Plan, AllocatesNothing) {
  const StepPlan plan = plan_step(patches({.architecture = "hybrid", .points = 128, .blocks = 8}, 16));
  EXPECT_EQ(plan.parameters.logged, 4417975522);
  EXPECT_NEAR(static_cast<double>(plan.peak_bytes), 4 * 4 * 8.243e9, 1e9);  // weights, gradients and moments, the rest
}

TEST(Plan, CheckpointingTakesLessMemoryAndMoreArithmetic) {
  for (const char* architecture : {"hybrid", "stable_hybrid", "fno", "fno_vanilla", "ffno", "hybrid_resnet", "cnn"}) {
    SCOPED_TRACE(architecture);
    NetworkConfig c{.architecture = architecture};
    const StepPlan plain = plan_step(patches(c, 16));
    c.activation_checkpointing = true;
    const StepPlan checkpointed = plan_step(patches(c, 16));
    EXPECT_LT(checkpointed.activation_bytes, plain.activation_bytes);
    EXPECT_EQ(checkpointed.work(Pass::forward), plain.work(Pass::forward));
    EXPECT_GT(checkpointed.work(Pass::backward).flop, plain.work(Pass::backward).flop);
    EXPECT_LE(checkpointed.work().flop,
              plain.work().flop + plain.work(Pass::forward).flop);  // blocks once more, at most
  }
}

// By hand: a lifter (1 → h → h), one block and the head of fno_vanilla on 8 x 8 with h = 2, m = 3.
TEST(Plan, FlopAreThoseOfTheFormulas) {
  const StepPlan plan =
      plan_step(patches({.architecture = "fno_vanilla", .points = 8, .width = 2, .modes = 3, .blocks = 1}, 5));
  const double points = 64, batch = 5;
  const double convs = 2 * batch * points * (9 * 1 * 2 + 9 * 2 * 2 + 9 * 2 * 2 + 2 * 2);
  // Rows first: 8 columns of 8 points are folded twice, then 3 cosines of 2 terms and 2 sines of 2; then the same along
  // the 5 rows that these are.
  const double rows = 2 * batch * 8 * (16 + 2 * 5 * 2), columns = 2 * batch * 5 * (16 + 2 * 5 * 2);
  const double mixing = 8 * batch * 9 * 2 * 2;
  // Every map has two channels. GELU; GELU and residual; p - t, |.|, its sum with one division.
  const double map = batch * 2 * points, elements = map + 2 * map + 3 * map + 1;
  EXPECT_DOUBLE_EQ(plan.work(Pass::forward).flop, convs + 2 * (rows + columns) + mixing + elements);
  // Reverse: a product each for weights and for inputs, but none for the input of the network. The mean's gradient 1
  // and |.|'s 2; the derivatives of two GELUs; four sums for biases; two gradients that meet at the residual.
  EXPECT_DOUBLE_EQ(plan.work(Pass::backward).flop, 2 * convs - 2 * batch * points * 9 * 1 * 2 + 2 * (rows + columns) +
                                                       2 * mixing + (3 + 2 * 2 + 4 + 1) * map);
  // The norm of the gradient and Adam.
  EXPECT_DOUBLE_EQ(plan.work(Pass::update).flop, (2.0 + 17) * static_cast<double>(plan.parameters.real));
  EXPECT_DOUBLE_EQ(plan.work(Pass::update).bytes(), (4.0 + 28) * static_cast<double>(plan.parameters.real) + 8);
}

TEST(Plan, RefusesWhatCannotBeBuilt) {
  EXPECT_TRUE(test::throws_error(ErrorKind::config, "fno-blocks",
                                 [] { (void)plan_step(patches({.architecture = "hybrid", .blocks = 8}, 16)); }));
  EXPECT_TRUE(test::throws_error(ErrorKind::config, "batch-size", [] { (void)plan_step(patches({}, 0)); }));
  EXPECT_TRUE(test::throws_error(ErrorKind::config, "dimensions", [] { (void)plan_step(fields({}, 1, {8, 8, 8})); }));
}

}  // namespace
}  // namespace fno::training
