#include "tools/training/loader.h"

#include <algorithm>
#include <numeric>

#include "tests/tools/training/train_test_support.h"

namespace fno::training {
namespace {

// Sample s holds s in x and s + 0.5 in y.
OperatorData numbered(std::int64_t samples) {
  OperatorData data;
  data.samples = samples;
  data.inputs = 2;
  data.outputs = 1;
  data.grid = {3};
  for (std::int64_t s = 0; s < samples; ++s) {
    data.x.insert(data.x.end(), 6, static_cast<float>(s));
    data.y.insert(data.y.end(), 3, static_cast<float>(s) + 0.5f);
  }
  return data;
}

TEST(SplitSamples, TakesTheLastPartForValidation) {
  const auto validation = [](std::int64_t n, double fraction) { return split_samples(n, fraction).validation; };
  EXPECT_EQ(split_samples(1000, 0.1).training, 900);
  EXPECT_EQ(validation(1000, 0.1), 100);
  EXPECT_EQ(validation(30, 0.1), 3);
  EXPECT_EQ(validation(100, 0.29), 29);
  EXPECT_EQ(validation(5, 0.1), 1);
  EXPECT_EQ(validation(5, 0.99), 4);
  EXPECT_EQ(validation(5, 0), 0);
  EXPECT_TRUE(throws_error(ErrorKind::config, "--validation-fraction", [] { (void)split_samples(1, 0.1); }));
}

TEST(EpochOrder, IsAPermutationAndAPureFunctionOfSeedAndEpoch) {
  std::vector<std::int64_t> all(101);
  std::iota(all.begin(), all.end(), 0);
  const std::vector<std::int64_t> order = epoch_order(7, 3, 101);
  EXPECT_TRUE(std::is_permutation(order.begin(), order.end(), all.begin(), all.end()));
  EXPECT_EQ(order, epoch_order(7, 3, 101));
  EXPECT_NE(order, all);
  EXPECT_NE(order, epoch_order(7, 4, 101));
  EXPECT_NE(order, epoch_order(8, 3, 101));
}

TEST(Loader, BringsEverySampleOncePerEpochWithItsTarget) {
  const OperatorData data = numbered(20);
  Loader loader(data, 18, 5, 1, cpu_device(1));  // samples 18 and 19 are not for training
  ASSERT_EQ(loader.steps(), 4);
  for (const int epoch : {0, 1}) {
    loader.start(epoch);
    std::vector<int> seen(20);
    for (std::int64_t step = 0; step < loader.steps(); ++step) {
      const Batch batch = loader.batch(step);
      ASSERT_EQ(batch.x.shape(), (Shape{step < 3 ? 5 : 3, 2, 3}));
      ASSERT_EQ(batch.y.shape(), (Shape{step < 3 ? 5 : 3, 1, 3}));
      const std::vector<float> x = batch.x.to_host<float>(), y = batch.y.to_host<float>();
      for (std::size_t i = 0; i < batch.samples.size(); ++i) {
        ++seen[static_cast<std::size_t>(batch.samples[i])];
        EXPECT_EQ(x[i * 6 + 5], static_cast<float>(batch.samples[i]));
        EXPECT_EQ(y[i * 3 + 2], static_cast<float>(batch.samples[i]) + 0.5f);
      }
    }
    for (int s = 0; s < 20; ++s) EXPECT_EQ(seen[static_cast<std::size_t>(s)], s < 18 ? 1 : 0) << s;
  }
}

TEST(Loader, DoesNotDependOnWhatWasAskedBefore) {
  const OperatorData data = numbered(12);
  Loader one(data, 12, 5, 1, cpu_device(1)), other(data, 12, 5, 1, cpu_device(1));
  for (const int epoch : {0, 1, 2}) {
    one.start(epoch);
    (void)one.batch(0);
  }
  other.start(2);
  const std::vector<float> x = one.batch(2).x.to_host<float>();
  EXPECT_EQ(x, other.batch(2).x.to_host<float>());
}

TEST(Loader, TakesABatchLargerThanTheData) {
  const OperatorData data = numbered(3);
  Loader loader(data, 3, 100, 1, cpu_device(1));
  loader.start(0);
  EXPECT_EQ(loader.steps(), 1);
  EXPECT_EQ(loader.batch(0).x.shape(0), 3);
}

TEST(Loader, LeavesAShortBatchOutOnRequest) {
  const OperatorData data = numbered(18);
  const auto sizes = [&](std::int64_t training, std::int64_t batch, bool drop) {
    Loader loader(data, training, batch, 1, cpu_device(1), drop);
    loader.start(2);
    std::vector<std::int64_t> all;
    for (std::int64_t step = 0; step < loader.steps(); ++step) all.push_back(loader.batch(step).x.shape(0));
    return all;
  };
  using Sizes = std::vector<std::int64_t>;
  EXPECT_EQ(sizes(18, 5, false), (Sizes{5, 5, 5, 3}));
  EXPECT_EQ(sizes(18, 5, true), (Sizes{5, 5, 5}));
  EXPECT_EQ(sizes(18, 6, true), (Sizes{6, 6, 6}));
  EXPECT_EQ(sizes(18, 18, true), (Sizes{18}));
  EXPECT_EQ(sizes(7, 16, true), (Sizes{7}));  // the only batch stays
  // Those that stay are the same.
  Loader keep(data, 18, 5, 1, cpu_device(1)), drop(data, 18, 5, 1, cpu_device(1), true);
  EXPECT_TRUE(drop.drop_short());
  for (const int epoch : {0, 1}) {
    keep.start(epoch);
    drop.start(epoch);
    for (std::int64_t step = 0; step < 3; ++step)
      EXPECT_EQ(keep.batch(step).x.to_host<float>(), drop.batch(step).x.to_host<float>());
  }
}

TEST(Loader, WithoutTargetsTheInputIsTheTarget) {
  std::vector<float> x(12);
  std::iota(x.begin(), x.end(), 0.f);
  Loader loader({.samples = 3, .x_shape = {1, 1, 2, 2}, .y_shape = {1, 1, 2, 2}, .x = x, .y = {}}, 3, 2, 1,
                cpu_device(1));
  loader.start(0);
  const Batch batch = loader.batch(0);
  EXPECT_EQ(batch.y.to_host<float>(), batch.x.to_host<float>());
  EXPECT_EQ(batch.x.to_host<float>()[0], static_cast<float>(4 * batch.samples[0]));
}

TEST(Sweep, GoesInOrder) {
  const OperatorData data = numbered(10);
  Sweep sweep(data, 4, 9, 2, cpu_device(1));
  std::vector<std::int64_t> seen;
  for (std::int64_t step = 0; step < sweep.steps(); ++step) {
    const Batch batch = sweep.batch(step);
    seen.insert(seen.end(), batch.samples.begin(), batch.samples.end());
    EXPECT_EQ(batch.x.to_host<float>()[0], static_cast<float>(batch.samples[0]));
  }
  EXPECT_EQ(seen, (std::vector<std::int64_t>{4, 5, 6, 7, 8}));
}

}  // namespace
}  // namespace fno::training
