#include "tools/training/trainer.h"

#include <limits>

#include "framework/ops/elementwise.h"
#include "tests/tools/training/train_test_support.h"
#include "tools/tasks/operator/metrics.h"
#include "tools/training/checkpoint.h"

namespace fno::training {
namespace {

OperatorData random_data(std::int64_t samples, std::uint64_t seed = 1) {
  OperatorData data;
  data.samples = samples;
  data.inputs = data.outputs = 1;
  data.grid = {6, 6};
  Random random(seed);
  for (std::int64_t i = 0; i < samples * 36; ++i) {
    data.x.push_back(static_cast<float>(random.normal()));
    data.y.push_back(2 * data.x.back() * data.x.back() + 1);
  }
  return data;
}

// A small run whose parts can be looked at.
struct SmallRun {
  explicit SmallRun(const ScheduleSettings& rates, TrainerOptions options = {}, int threads = 1,
                    ClipSettings clipping = {}, OptimizerSettings rule = {})
      : device(cpu_device(threads)),
        description{ModelDescription{{.architecture = "fno_operator",
                                      .width = 4,
                                      .modes = 2,
                                      .blocks = 2,
                                      .projection = 8,
                                      .spectral = ModeConvention::classic},
                                     {{0}, {1}},
                                     {{0}, {1}}}},
        network(description, device, 3),
        optimizer(network.store.parameters(), rule),
        schedule(rates),
        clip(clipping),
        loader(data, 10, 4, 3, device),
        trainer_options(with_loss(std::move(options), rates)),
        validation(network.model, Sweep(data, 10, 13, 2, device), operators::loss_function("relative_l2")),
        trainer({network.model, optimizer, schedule, clip, loader, &validation}, trainer_options) {}

  static TrainerOptions with_loss(TrainerOptions options, const ScheduleSettings& rates) {
    if (!options.loss) options.loss = operators::loss_function("relative_l2");
    options.epochs = rates.epochs;
    return options;
  }
  [[nodiscard]] std::vector<std::vector<float>> weights() const {
    std::vector<std::vector<float>> all;
    for (const Parameter& p : network.store.parameters()) all.push_back(p.var.value().to_host<float>());
    return all;
  }
  [[nodiscard]] std::vector<double> losses() const {
    std::vector<double> all;
    for (const EpochRecord& r : trainer.state().history) {
      all.push_back(r.train_loss);
      all.push_back(r.val_loss.value());
    }
    return all;
  }

  OperatorData data = random_data(13);
  Device device;
  ModelDescription description;
  BuiltModel network;
  Optimizer optimizer;
  Schedule schedule;
  GradientClip clip;
  Loader loader;
  TrainerOptions trainer_options;
  SweepValidation validation;
  Trainer trainer;
};

ScheduleSettings steady(int epochs) { return {.base = 1e-2, .epochs = epochs}; }

// Notes every step; stops after a number of them.
struct Notes : Watcher {
  void on_step(const StepRecord& step) override { steps.push_back(step); }
  void on_epoch(const EpochRecord& epoch, bool is_best) override {
    epochs.push_back(epoch);
    best.push_back(is_best);
  }
  bool stop() override { return steps.size() >= most; }
  std::vector<StepRecord> steps;
  std::vector<EpochRecord> epochs;
  std::vector<bool> best;
  std::size_t most = std::numeric_limits<std::size_t>::max();
};

// How far the weights move in a step tells the rate that the optimiser used: plain SGD moves them by rate·gradient.
TEST(Trainer, TheScheduledRateReachesTheWeightsAtEveryStep) {
  constexpr double kBase = 1e-3;
  constexpr int kWarmup = 5, kEpochs = 8;
  struct Moves : Notes {
    void on_step(const StepRecord& step) override {
      Notes::on_step(step);
      double moved = 0;
      const auto now = run->weights();
      for (std::size_t i = 0; i < now.size(); ++i)
        for (std::size_t j = 0; j < now[i].size(); ++j) moved += std::pow(double{now[i][j]} - double{before[i][j]}, 2);
      rates.push_back(std::sqrt(moved) / step.grad_norm);
      in_optimizer.push_back(run->optimizer.rate());
      before = now;
    }
    SmallRun* run = nullptr;
    std::vector<std::vector<float>> before;
    std::vector<double> rates, in_optimizer;
  } moves;
  SmallRun run(
      {.kind = ScheduleKind::warmup_cosine, .base = kBase, .epochs = kEpochs, .warmup = kWarmup, .min_ratio = 0.1},
      {.loss = {}, .log_grad_norm = true}, 1, {}, {.kind = OptimizerKind::sgd, .momentum = 0});
  moves.run = &run;
  moves.before = run.weights();
  EXPECT_TRUE(run.trainer.run(moves));
  ASSERT_EQ(moves.steps.size(), 3u * kEpochs);
  for (std::size_t i = 0; i < moves.steps.size(); ++i) {
    const int e = moves.steps[i].epoch;
    // e < W: b(0.1 + 0.9 e/W); after it half a cosine from b to 0.1 b over T - W epochs (Stage A specification, 5.3).
    const double expected = e < kWarmup ? kBase * (0.1 + 0.9 * e / kWarmup)
                                        : kBase * (0.1 + 0.45 * (1 + std::cos(M_PI * (e - kWarmup) / 3.0)));
    EXPECT_DOUBLE_EQ(moves.steps[i].learning_rate, expected) << i;
    EXPECT_EQ(moves.in_optimizer[i], moves.steps[i].learning_rate) << i;
    EXPECT_NEAR(moves.rates[i] / expected, 1, 2e-3) << i;
  }
  EXPECT_DOUBLE_EQ(moves.steps[0].learning_rate, 0.1 * kBase);
  EXPECT_DOUBLE_EQ(moves.steps[3].learning_rate, 0.28 * kBase);
  EXPECT_DOUBLE_EQ(run.trainer.state().history[1].learning_rate, 0.28 * kBase);
}

TEST(Trainer, PlateauLowersTheRateInForceWhenValLossStaysUp) {
  // A threshold near 1 lets nothing count as an improvement after the first epoch: with patience 1 the rate halves
  // after epochs 2, 4, 6 (from 0), down to the floor.
  SmallRun run({.kind = ScheduleKind::plateau,
                .base = 1e-3,
                .epochs = 8,
                .factor = 0.5,
                .patience = 1,
                .min_rate = 2e-4,
                .threshold = 0.999});
  Notes notes;
  run.trainer.run(notes);
  const std::vector<double> expected{1e-3, 1e-3, 1e-3, 5e-4, 5e-4, 2.5e-4, 2.5e-4, 2e-4};
  for (const StepRecord& step : notes.steps)
    EXPECT_DOUBLE_EQ(step.learning_rate, expected[static_cast<std::size_t>(step.epoch)]) << step.epoch;
  EXPECT_DOUBLE_EQ(run.optimizer.rate(), 2e-4);
}

TEST(Trainer, EpochLossIsTheMeanOverSamplesAndBestIsTheLeastValLoss) {
  SmallRun run(steady(40));
  Notes notes;
  run.trainer.run(notes);
  double sum = 0;  // batches of 4, 4 and 2
  for (std::size_t i = 0; i < 3; ++i) sum += notes.steps[i].loss * static_cast<double>(notes.steps[i].samples);
  EXPECT_DOUBLE_EQ(notes.epochs[0].train_loss, sum / 10);
  EXPECT_EQ(notes.steps[2].samples, 2);
  std::size_t best = 0;
  for (std::size_t e = 0; e < notes.epochs.size(); ++e) {
    const bool better = e == 0 || *notes.epochs[e].val_loss < *notes.epochs[best].val_loss;
    if (better) best = e;
    EXPECT_EQ(notes.best[e], better) << e;
  }
  EXPECT_EQ(run.trainer.state().best_epoch, static_cast<int>(best));
  EXPECT_LT(notes.epochs.back().train_loss, 0.8 * notes.epochs.front().train_loss);
}

TEST(Trainer, ClippedNormIsLoggedBesideTheRawOne) {
  constexpr double kLimit = 1e-3;
  SmallRun run(steady(1), {.loss = {}, .log_grad_norm = true, .grad_norm_log_freq = 2}, 1,
               {.rule = ClipRule::norm, .value = kLimit});
  Notes notes;
  run.trainer.run(notes);
  ASSERT_EQ(notes.steps.size(), 3u);
  EXPECT_GT(notes.steps[0].grad_norm, kLimit);
  EXPECT_NEAR(*notes.steps[0].clipped_grad_norm, kLimit, 1e-2 * kLimit);
  EXPECT_FALSE(notes.steps[1].log_norm);
  EXPECT_TRUE(notes.steps[2].log_norm);
  EXPECT_DOUBLE_EQ(*notes.epochs[0].grad_norm, (notes.steps[0].grad_norm + notes.steps[2].grad_norm) / 2);
}

// The loss of the real run, but NaN in one step.
LossFunction bad_at(int bad_call) {
  return [calls = 0, bad_call](const Var& p, const Var& t) mutable {
    const Var loss = operators::loss_function("relative_l2")(p, t);
    return calls++ == bad_call ? affine(loss, std::numeric_limits<double>::quiet_NaN()) : loss;
  };
}

TEST(Trainer, ANotFiniteStepStopsTheRunBeforeTheWeights) {
  SmallRun run(steady(2), {.loss = bad_at(1)});
  Notes notes;
  const auto train = [&] { run.trainer.run(notes); };
  const std::vector<std::int64_t> order = epoch_order(3, 0, 10);
  std::ostringstream samples;
  samples << "samples " << order[4] << ", " << order[5] << ", " << order[6] << ", " << order[7] << ": found a loss";
  EXPECT_TRUE(throws_error(ErrorKind::numeric, "epoch 1 of 2, step 2 of 3, " + samples.str(), train));
  ASSERT_EQ(notes.steps.size(), 2u);
  EXPECT_TRUE(notes.steps[1].skipped);
  EXPECT_EQ(run.optimizer.steps(), 1);
  for (const auto& tensor : run.weights())
    for (const float w : tensor) ASSERT_TRUE(std::isfinite(w));
}

TEST(Trainer, SkippedStepsAreCountedAndLeaveTheRestAlone) {
  SmallRun run(steady(2), {.loss = bad_at(1), .skip_bad_steps = true});
  Notes notes;
  EXPECT_TRUE(run.trainer.run(notes));
  EXPECT_EQ(run.trainer.state().history[0].skipped_steps, 1);
  EXPECT_EQ(run.trainer.state().history[1].skipped_steps, 0);
  EXPECT_EQ(run.optimizer.steps(), 5);
  EXPECT_DOUBLE_EQ(notes.epochs[0].train_loss, (4 * notes.steps[0].loss + 2 * notes.steps[2].loss) / 6);
}

TEST(Trainer, AGradientThatIsNotFiniteCountsAsBadThoughTheLossIsFinite) {
  const LossFunction loss = [](const Var& p, const Var&) {
    const Var same = record(p.value(), {p}, [](const Tensor& dy, const Grads& grads) {
      grads.add(0, Tensor::full(dy.shape(), dy.dtype(), dy.device(), std::nan("")));
    });
    return sum(same);
  };
  SmallRun run(steady(1), {.loss = loss});
  Notes notes;
  EXPECT_TRUE(throws_error(ErrorKind::numeric, "gradient norm", [&] { run.trainer.run(notes); }));
  EXPECT_EQ(run.optimizer.steps(), 0);
}

TEST(Trainer, AnEpochWithoutAGoodStepIsAnErrorEvenIfTheyMayBeSkipped) {
  const LossFunction loss = [](const Var& p, const Var&) { return affine(sum(p), std::nan("")); };
  SmallRun run(steady(1), {.loss = loss, .skip_bad_steps = true});
  Notes notes;
  EXPECT_TRUE(throws_error(ErrorKind::numeric, "all 3 steps", [&] { run.trainer.run(notes); }));
}

TEST(Trainer, ThreadsDoNotChangeABit) {
  SmallRun one(steady(3), {}, 1), two(steady(3), {}, 2);
  Notes notes;
  one.trainer.run(notes);
  two.trainer.run(notes);
  EXPECT_EQ(one.weights(), two.weights());
  EXPECT_EQ(one.losses(), two.losses());
}

TEST(Trainer, ASteadyStepAsksTheSystemForNothing) {
  SmallRun run(steady(5), {.loss = {}, .log_grad_norm = true}, 1, {.rule = ClipRule::norm, .value = 1});
  struct Counts : Notes {
    void on_epoch(const EpochRecord&, bool) override { counts.push_back(device.memory().use().system_allocations); }
    Device device;
    std::vector<std::uint64_t> counts;
  } counts;
  counts.device = run.device;
  run.trainer.run(counts);
  // The second epoch is the first that begins with the gradients of a short batch.
  for (std::size_t epoch = 2; epoch < 5; ++epoch) EXPECT_EQ(counts.counts[epoch], counts.counts[1]) << epoch;
}

// Stopped after `steps` steps, written, read into other objects and run on: as if nothing had happened.
class Restore : public InFolder, public ::testing::WithParamInterface<std::size_t> {};

TEST_P(Restore, GoesOnBitForBit) {
  const ScheduleSettings rates{
      .kind = ScheduleKind::plateau, .base = 1e-2, .epochs = 4, .patience = 0, .threshold = 0.5};
  const TrainerOptions options{.loss = {}, .log_grad_norm = true};
  SmallRun whole(rates, options), begun(rates, options), resumed(rates, options);
  Notes all, first, second;
  EXPECT_TRUE(whole.trainer.run(all));

  first.most = GetParam();
  EXPECT_FALSE(begun.trainer.run(first));
  Checkpoint checkpoint{
      .model = begun.description, .settings = "", .weights = {}, .first = {}, .second = {}, .training = {}};
  capture(checkpoint, begun.network.store, begun.optimizer, begun.schedule, begun.trainer.state());
  write_checkpoint(path("x.ckpt"), checkpoint);

  const Checkpoint stored = read_checkpoint(path("x.ckpt"));
  restore_weights(stored, resumed.network.store, "x.ckpt");
  restore_training(stored, resumed.optimizer, resumed.schedule, resumed.trainer);
  EXPECT_TRUE(resumed.trainer.run(second));
  EXPECT_EQ(first.steps.size() + second.steps.size(), all.steps.size());
  EXPECT_EQ(second.steps.back().loss, all.steps.back().loss);
  EXPECT_EQ(second.steps.back().step, all.steps.back().step);
  EXPECT_EQ(resumed.weights(), whole.weights());
  EXPECT_EQ(resumed.losses(), whole.losses());
  EXPECT_EQ(resumed.trainer.state().best_epoch, whole.trainer.state().best_epoch);
  for (std::size_t e = 0; e < 4; ++e) {
    const EpochRecord &a = whole.trainer.state().history[e], &b = resumed.trainer.state().history[e];
    EXPECT_EQ(a.learning_rate, b.learning_rate);
    EXPECT_EQ(a.grad_norm, b.grad_norm);
  }
  EXPECT_LT(whole.trainer.state().history[3].learning_rate, 1e-2);  // the plateau had something to remember
}

INSTANTIATE_TEST_SUITE_P(Steps, Restore, ::testing::Values(6, 4, 1));  // between epochs, and inside two of them

}  // namespace
}  // namespace fno::training
