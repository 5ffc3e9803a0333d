#include "tools/tasks/operator/metrics.h"

#include "framework/ops/elementwise.h"
#include "tests/tools/training/train_test_support.h"

namespace fno::operators {
namespace {

// Answers x + 1.
class PlusOne : public Model {
 public:
  [[nodiscard]] Var forward(const Var& x) const override { return affine(x, 1, 1); }
};

OperatorData data_of(std::int64_t outputs, std::vector<std::int64_t> grid, std::vector<float> x, std::vector<float> y) {
  OperatorData data;
  data.inputs = data.outputs = outputs;
  data.grid = std::move(grid);
  data.x = std::move(x);
  data.y = std::move(y);
  data.samples = static_cast<std::int64_t>(data.y.size()) / (outputs * data.points());
  return data;
}

TEST(Measure, RelativeL2TakesNormsOverChannelsAndGrid) {
  // Sample 0: truth (3, 0 | 0, 4), error 1 everywhere: 2/5. Sample 1: truth all 1, error 2: 2. Sample 2: exact.
  const OperatorData data = data_of(2, {2}, {3, 0, 0, 4, 2, 2, 2, 2, 5, 6, 7, 8}, {3, 0, 0, 4, 1, 1, 1, 1, 6, 7, 8, 9});
  for (const std::int64_t batch : {1, 2, 3, 16}) {
    const TestMetrics metrics = measure(PlusOne(), data, batch, cpu_device(1));
    EXPECT_NEAR(metrics.relative_l2, (0.4 + 2 + 0) / 3, 1e-6) << batch;
    EXPECT_EQ(metrics.n, 3);
    EXPECT_EQ(metrics.grid, data.grid);
  }
}

TEST(Measure, RelativeH1ByHand) {
  // Truth 0, 1, 0, -1 on 4 points: derivative (u[i+1]-u[i-1])·2 = 4, 0, -4, 0; ‖u‖² = 2 + 32 = 34. The answer is off by
  // the constant 1, whose derivative is 0: ‖e‖² = 4.
  const OperatorData data = data_of(1, {4}, {0, 1, 0, -1}, {0, 1, 0, -1});
  EXPECT_NEAR(measure(PlusOne(), data, 4, cpu_device(1)).relative_h1, std::sqrt(4.0 / 34), 1e-6);
}

TEST(SweepValidation, WeighsBatchesByTheirSamples) {
  // Errors 1, 1, 4; with batches of two the mean of batch means would be (1 + 4)/2.
  const OperatorData data = data_of(1, {1}, {0, 0, 0}, {0, 0, 5});
  const PlusOne model;
  training::SweepValidation validation(model, training::Sweep(data, 0, 3, 2, cpu_device(1)), loss_function("mae"));
  EXPECT_NEAR(validation.run(0).val_loss, 2.0, 1e-6);
}

TEST(MeanField, AnswersTheMeanOfTheTrainingPart) {
  const OperatorData data = data_of(1, {2}, {0, 0, 0, 0, 0, 0}, {1, 2, 3, 6, 1000, 1000});
  const Device device = cpu_device(1);
  const MeanField model(data, 2, device);
  EXPECT_EQ(model.forward(Var(Tensor::zeros({2, 1, 2}, Dtype::float32, device))).value().to_host<float>(),
            (std::vector<float>{2, 4, 2, 4}));
}

TEST(MetricsJson, HasTheKeysOfTheContract) {
  const training::Measured m = measured({.relative_l2 = 0.5, .relative_h1 = 0.25, .n = 7, .grid = {4, 5}});
  EXPECT_EQ(m.json.dump(), R"({"test":{"relative_l2":0.5,"relative_h1":0.25,"n":7,"grid":[4,5]}})");
}

}  // namespace
}  // namespace fno::operators
