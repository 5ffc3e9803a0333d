#include "tools/tasks/operator/metrics.h"

#include "framework/ops/elementwise.h"
#include "tests/tools/training/train_test_support.h"
#include "tools/tasks/operator/roll_out.h"

namespace fno::operators {
namespace {

// Answers x + 1.
class PlusOne : public Model {
 public:
  [[nodiscard]] Var forward(const Var& x) const override { return affine(x, 1, 1); }
};

// Fields whose units are those of the network unless `scaling` says otherwise.
OperatorData data_of(std::int64_t outputs, std::vector<std::int64_t> grid, std::vector<float> x, std::vector<float> y,
                     training::ChannelScaling scaling = {}) {
  OperatorData data;
  data.inputs = data.outputs = outputs;
  data.grid = std::move(grid);
  data.x = std::move(x);
  data.y = std::move(y);
  data.samples = static_cast<std::int64_t>(data.y.size()) / (outputs * data.points());
  const auto n = static_cast<std::size_t>(outputs);
  data.y_scaling =
      scaling.mean.empty() ? training::ChannelScaling{std::vector(n, 0.0), std::vector(n, 1.0)} : std::move(scaling);
  for (std::int64_t c = 0; c < outputs; ++c) data.y_channels.push_back("y" + std::to_string(c));
  return data;
}

TestMetrics measured_on(const OperatorData& data, std::int64_t batch = 16) {
  return measure(PlusOne(), data, batch, cpu_device(1));
}

TEST(Measure, RelativeL2TakesNormsOverChannelsAndGrid) {
  // Sample 0: truth (3, 0 | 0, 4), error 1 everywhere: 2/5. Sample 1: truth all 1, error 2: 2. Sample 2: exact.
  const OperatorData data = data_of(2, {2}, {3, 0, 0, 4, 2, 2, 2, 2, 5, 6, 7, 8}, {3, 0, 0, 4, 1, 1, 1, 1, 6, 7, 8, 9});
  for (const std::int64_t batch : {1, 2, 3, 16}) {
    const TestMetrics metrics = measured_on(data, batch);
    EXPECT_NEAR(metrics.relative_l2.value(), (0.4 + 2 + 0) / 3, 1e-12) << batch;
    // Channel by channel: √2/3 and √2/4 in sample 0, 2 in sample 1, 0 in sample 2.
    EXPECT_NEAR(metrics.channels.at(0).relative_l2.value(), (std::sqrt(2.0) / 3 + 2) / 3, 1e-12);
    EXPECT_NEAR(metrics.channels.at(1).relative_l2.value(), (std::sqrt(2.0) / 4 + 2) / 3, 1e-12);
    EXPECT_EQ(metrics.n, 3);
    EXPECT_EQ(metrics.grid, data.grid);
    EXPECT_EQ(metrics.zero_targets, 0);
  }
}

TEST(Measure, RelativeH1ByHand) {
  // Truth 0, 1, 0, -1 on 4 points: derivative (u[i+1]-u[i-1])·2 = 4, 0, -4, 0; ‖u‖² = 2 + 32 = 34. The answer is off by
  // the constant 1, whose derivative is 0: ‖e‖² = 4.
  const OperatorData data = data_of(1, {4}, {0, 1, 0, -1}, {0, 1, 0, -1});
  EXPECT_NEAR(measured_on(data).relative_h1.value(), std::sqrt(4.0 / 34), 1e-12);
}

TEST(Measure, SlopesAlongEveryAxis) {
  // A linear truth i + 10·j on 3 x 2 points; along an axis of two points both neighbours are the same: no slope there.
  // Along the first, (u[i+1]-u[i-1])·3/2: differences 1-2, 2-0, 0-1 give -1.5, 3, -1.5, twice.
  const std::vector<float> truth{0, 10, 1, 11, 2, 12};
  std::vector<float> x = truth;
  for (float& v : x) v -= 1;
  x[0] += 1;  // the answer is off by 1 at the first point alone: slopes -1.5 and 1.5 at its neighbours
  const OperatorData data = data_of(1, {3, 2}, x, truth);
  const double size = 0 + 100 + 1 + 121 + 4 + 144 + 2 * (2.25 + 9 + 2.25), error = 1 + 2 * 2.25;
  EXPECT_NEAR(measured_on(data).relative_h1.value(), std::sqrt(error / size), 1e-12);
}

TEST(Measure, SlopesOfGridsWithBothEnds) {
  // A ramp x on 5 points from 0 to 1 has slope 1 everywhere; the answer is off by the constant 1.
  OperatorData data = data_of(1, {5}, {0, 0.25, 0.5, 0.75, 1}, {0, 0.25, 0.5, 0.75, 1});
  data.ends = true;
  const double squares = 0.0625 + 0.25 + 0.5625 + 1;
  EXPECT_NEAR(measured_on(data).relative_h1.value(), std::sqrt(5 / (squares + 5)), 1e-12);
}

// Trajectories of states of two channels on two points, `history` of them the input.
OperatorData trajectories(std::int64_t samples, std::int64_t times, std::int64_t history, std::vector<float> states) {
  OperatorData data = data_of(2, {2}, {}, std::move(states));
  data.samples = samples;
  data.times = times;
  data.history = history;
  data.inputs = 2 * history;
  return data;
}

TEST(Measure, TrajectoriesAreRolledOutFromTheirFirstStates) {
  // States 10, 11, 13 everywhere; the model adds 1: 11, 12 after the first. Errors 0 and 1 in each of four numbers.
  std::vector<float> states;
  for (int sample = 0; sample < 2; ++sample)
    for (const float state : {10.f, 11.f, 13.f}) states.insert(states.end(), 4, state);
  const OperatorData data = trajectories(2, 3, 1, states);
  const double size = 11 * 11 + 13 * 13;
  for (const std::int64_t batch : {1, 2}) {
    const TestMetrics metrics = measured_on(data, batch);
    EXPECT_NEAR(metrics.relative_l2.value(), std::sqrt(1 / size), 1e-12);
    ASSERT_EQ(metrics.steps.size(), 2u);
    EXPECT_EQ(metrics.steps[0].value(), 0);
    EXPECT_NEAR(metrics.steps[1].value(), 1.0 / 13, 1e-12);
    EXPECT_NEAR(metrics.channels.at(1).relative_l2.value(), std::sqrt(1 / size), 1e-12);
    EXPECT_NEAR(metrics.relative_h1.value(), std::sqrt(1 / size), 1e-12);  // nothing varies in space
  }
  const TestMetrics held = measure(Persistence(2), data, 2, cpu_device(1));
  EXPECT_NEAR(held.steps[0].value(), 1.0 / 11, 1e-12);
  EXPECT_NEAR(held.steps[1].value(), 3.0 / 13, 1e-12);
  // The mean of what is to be predicted, 12, whatever the step.
  const TestMetrics mean = measure(MeanField(data, 2), data, 2, cpu_device(1));
  EXPECT_NEAR(mean.steps[0].value(), 1.0 / 11, 1e-12);
  EXPECT_NEAR(mean.steps[1].value(), 1.0 / 13, 1e-12);
}

TEST(Measure, ErrorsAtEachPointOfTimeOfAGrid) {
  // Two times of two points, the answers x + 1: the truth 3 and 5, 1 and 7; the second number is answered by 4.
  OperatorData data = data_of(1, {2, 2}, {2, 3, 0, 6}, {3, 5, 1, 7});
  EXPECT_TRUE(measured_on(data).steps.empty());
  data.time_axis = 0;
  EXPECT_NEAR(measured_on(data).steps.at(0).value(), std::sqrt(1.0 / 34), 1e-12);
  EXPECT_EQ(measured_on(data).steps.at(1).value(), 0);
  data.time_axis = 1;  // the columns: 3 and 1, 5 and 7
  EXPECT_EQ(measured_on(data).steps.at(0).value(), 0);
  EXPECT_NEAR(measured_on(data).steps.at(1).value(), std::sqrt(1.0 / 74), 1e-12);
}

TEST(Measure, IsInTheUnitsOfTheDataWhateverTheyAre) {
  // Targets 10·t + 30 for t = 1, -1: 40 and 20; the answers t + 1 are off by 10.
  for (const double unit : {1e-30, 1e-3, 1.0, 1e30}) {
    const OperatorData data = data_of(1, {2}, {1, -1}, {1, -1}, {{30 * unit}, {10 * unit}});
    const TestMetrics metrics = measured_on(data);
    EXPECT_NEAR(metrics.relative_l2.value(), std::sqrt(200.0 / 2000), 1e-12) << unit;
    EXPECT_NEAR(metrics.relative_h1.value(), std::sqrt(200.0 / 2000), 1e-12) << unit;
  }
}

TEST(Measure, AChannelOfSmallUnitsIsSeenByItself) {
  const OperatorData data = data_of(2, {2}, {1, -1, 1, -1}, {1, -1, 1, -1}, {{0, 0}, {1, 1e-20}});
  const TestMetrics metrics = measured_on(data);
  for (const auto& channel : metrics.channels) EXPECT_NEAR(channel.relative_l2.value(), 1, 1e-12) << channel.name;
  EXPECT_NEAR(metrics.relative_l2.value(), 1, 1e-12);
}

TEST(Measure, ZeroTargetsAreCountedAndLeftOut) {
  // Channel 1 is zero in sample 0; sample 2 is zero altogether.
  const OperatorData data = data_of(2, {2}, {3, 4, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0}, {3, 4, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0});
  const TestMetrics metrics = measured_on(data);
  EXPECT_EQ(metrics.zero_targets, 3);
  EXPECT_NEAR(metrics.relative_l2.value(), (2.0 / 5 + 1) / 2, 1e-12);
  EXPECT_NEAR(metrics.channels[0].relative_l2.value(), (std::sqrt(2.0) / 5 + 1) / 2, 1e-12);
  EXPECT_NEAR(metrics.channels[1].relative_l2.value(), 1, 1e-12);
  const std::vector<ZeroTarget> zero = zero_targets(data);
  ASSERT_EQ(zero.size(), 3u);
  EXPECT_EQ(zero[0].sample, 0);
  EXPECT_EQ(zero[0].channel, 1);
  EXPECT_EQ(zero[2].sample, 2);
}

TEST(Measure, AZeroBehindAnOffsetIsFoundToo) {
  // 0 = t·0.001 + 5 for t = -5000, rounded to float32.
  const auto t = static_cast<float>(-5.0 / 1e-3 * (1 + 1e-8));
  EXPECT_EQ(measured_on(data_of(1, {2}, {0, 0}, {t, t}, {{5}, {1e-3}})).zero_targets, 1);
}

TEST(Measure, AConstantChannelIsAnsweredExactly) {
  const TestMetrics metrics = measured_on(data_of(1, {2}, {5, 7}, {0, 0}, {{4}, {0}}));
  EXPECT_EQ(metrics.relative_l2, 0);
  const TestMetrics zero = measured_on(data_of(1, {2}, {5, 7}, {0, 0}, {{0}, {0}}));
  EXPECT_FALSE(zero.relative_l2);
  EXPECT_FALSE(zero.relative_h1);
}

TEST(Loss, ATargetAtTheMeanDoesNotOutweighTheOthers) {
  const Device device = cpu_device(1);
  const auto loss_of = [&](const char* loss, std::vector<float> p, std::vector<float> t) {
    const Shape shape{1, 1, static_cast<std::int64_t>(p.size())};
    return loss_function(loss)(Var(Tensor::from(p, shape, device)), Var(Tensor::from(t, shape, device))).value().item();
  };
  // ‖p-t‖/(‖t‖ + 0.1·√n): 2/(0 + 0.2) and 2/(2 + 0.2) for four points.
  for (const char* loss : {"relative_l2", "h1"}) {
    EXPECT_NEAR(loss_of(loss, {1, 1, 1, 1}, {0, 0, 0, 0}), 10, 1e-5);
    EXPECT_NEAR(loss_of(loss, {2, 2, 2, 2}, {1, 1, 1, 1}), 2 / 2.2, 1e-6);
  }
}

TEST(SweepValidation, WeighsBatchesByTheirSamples) {
  // Errors 1, 1, 4; with batches of two the mean of batch means would be (1 + 4)/2.
  const OperatorData data = data_of(1, {1}, {0, 0, 0}, {0, 0, 5});
  const PlusOne model;
  training::SweepValidation validation(model, training::Sweep(data, 0, 3, 2, cpu_device(1)), loss_function("mae"));
  EXPECT_NEAR(validation.run(0).val_loss, 2.0, 1e-6);
}

std::vector<float> answer_of(const MeanField& model, const Shape& x) {
  return model.forward(Var(Tensor::zeros(x, Dtype::float32, cpu_device(1)))).value().to_host<float>();
}

TEST(MeanField, AnswersTheMeanOfTheTrainingPart) {
  const OperatorData data = data_of(1, {2}, {0, 0, 0, 0, 0, 0}, {1, 2, 3, 6, 1000, 1000});
  EXPECT_EQ(answer_of(MeanField(data, 2), {2, 1, 2}), (std::vector<float>{2, 4, 2, 4}));
  EXPECT_EQ(answer_of(MeanField(data, 0), {1, 1, 2}), (std::vector<float>{0, 0}));
}

TEST(MeanField, IsLinearBetweenItsPointsOnAnotherGrid) {
  // Points 0 and 1/2 of a first axis, 0 1/3 2/3 of a second: u = 8·x + 3·y. Beyond the last point it stays.
  const OperatorData data = data_of(1, {2, 3}, std::vector<float>(6), {0, 1, 2, 4, 5, 6});
  EXPECT_EQ(answer_of(MeanField(data, 1), {1, 1, 4, 3}), (std::vector<float>{0, 1, 2, 2, 3, 4, 4, 5, 6, 4, 5, 6}));
  EXPECT_EQ(answer_of(MeanField(data, 1), {1, 1, 1, 1}), (std::vector<float>{0}));
}

TEST(MeanField, KnowsGridsWithBothEnds) {
  OperatorData data = data_of(1, {3}, std::vector<float>(3), {0, 4, 6});  // at 0, 1/2, 1
  data.ends = true;
  const MeanField mean(data, 1);
  EXPECT_EQ(answer_of(mean, {1, 1, 5}), (std::vector<float>{0, 2, 4, 5, 6}));
  EXPECT_EQ(answer_of(MeanField(mean.stored(), true), {1, 1, 2}), (std::vector<float>{0, 6}));
}

TEST(MetricsJson, HasTheKeysOfTheContract) {
  const TestMetrics metrics{
      .relative_l2 = 0.5, .relative_h1 = 0.25, .n = 7, .grid = {4, 5}, .channels = {{"y", 0.5}}, .zero_targets = 2};
  const TestMetrics trivial{.relative_l2 = 0.75, .relative_h1 = 1, .channels = {{"y", 0.75}}};
  EXPECT_EQ(measured(metrics, {{"the mean", "baseline", trivial}}).json.dump(),
            R"({"test":{"relative_l2":0.5,"relative_h1":0.25,"n":7,"grid":[4,5],"channels":[{"name":"y",)"
            R"("relative_l2":0.5,"baseline_relative_l2":0.75}],"zero_targets":2,"baseline_relative_l2":0.75,)"
            R"("beats_mean":true}})");
  const training::Json none = measured(TestMetrics{}, {}).json.at("test");
  EXPECT_TRUE(none.at("relative_l2").is_null());
}

TEST(MetricsJson, HasTheStepsWhereThereIsTime) {
  const TestMetrics metrics{.relative_l2 = 0.5, .n = 7, .grid = {4}, .channels = {{"u", 0.5}}, .steps = {0.25, 0.75}},
      mean{.relative_l2 = 1, .channels = {{"u", 1}}, .steps = {1, 1}},
      held{.relative_l2 = 0.5, .channels = {{"u", 0.5}}, .steps = {0.125, {}}};
  const std::vector<TrivialAnswer> trivial{{"the mean", "baseline", mean}, {"persistence", "persistence", held}};
  const training::Json test = measured(metrics, trivial).json.at("test");
  EXPECT_EQ(test.at("steps").dump(),
            R"([{"step":1,"relative_l2":0.25,"baseline_relative_l2":1.0,"persistence_relative_l2":0.125},)"
            R"({"step":2,"relative_l2":0.75,"baseline_relative_l2":1.0,"persistence_relative_l2":null}])");
  EXPECT_TRUE(test.at("beats_mean").get<bool>());
  EXPECT_FALSE(test.at("beats_persistence").get<bool>());
  EXPECT_EQ(test.at("channels")[0].at("persistence_relative_l2"), 0.5);
  const std::vector<std::string> said = verdict(metrics, trivial);
  EXPECT_EQ(said[0], "Relative L2 by step");
  EXPECT_EQ(said[1], "step  network  the mean  persistence");
  EXPECT_EQ(said.back(), "notice: the network is no better than persistence: relative L2 0.5 against 0.5");
}

TEST(Verdict, SaysWhatIsNoBetterThanTheMean) {
  const TestMetrics trivial{.relative_l2 = 0.4, .channels = {{"u", 0.4}, {"v", 0.5}}};
  const auto said = [&](double whole, double u, double v, std::int64_t zero = 0) {
    return verdict({.relative_l2 = whole, .n = 3, .channels = {{"u", u}, {"v", v}}, .zero_targets = zero},
                   {{"the mean", "baseline", trivial}});
  };
  EXPECT_EQ(said(0.1, 0.1, 0.1), (std::vector<std::string>{"the mean: test relative L2 0.4"}));
  EXPECT_EQ(said(0.1, 0.1, 0.499)[1], "notice: channel v is no better than the mean: relative L2 0.499 against 0.5");
  EXPECT_EQ(said(0.4, 0.1, 0.1)[1], "notice: the network is no better than the mean: relative L2 0.4 against 0.4");
  EXPECT_EQ(said(0.1, 0.1, 0.1, 2)[1],
            "notice: 2 of 6 test targets are zero everywhere and left out of the relative errors");
}

}  // namespace
}  // namespace fno::operators
