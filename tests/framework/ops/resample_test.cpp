#include "framework/ops/resample.h"

#include <cmath>
#include <limits>

#include "framework/ops/elementwise.h"
#include "tests/support/adjoint.h"
#include "tests/support/expect_error.h"
#include "tests/support/golden_cases.h"
#include "tests/support/gradcheck.h"
#include "tests/support/near.h"
#include "tests/support/on_each_device.h"
#include "tests/support/random_tensors.h"

namespace fno::test {
namespace {

using Resample = OnEachDevice;
FNO_ON_EACH_DEVICE(Resample);

TEST_P(Resample, GoldenPoolingAndUpsampling) {
  const GoldenFile golden("pool_upsample2d");
  for (const std::string& name : tested_cases("pool_upsample2d"))
    for (const Dtype real : {Dtype::float32, Dtype::float64}) {
      SCOPED_TRACE(testing::Message() << name << " in " << real);
      const Var x = Var::leaf(golden.tensor(name, "x", real, device));
      const Var y = name.starts_with("maxpool") ? max_pool(x) : upsample_nearest(x);
      EXPECT_EQ(y.shape(), golden.get(name, "y").shape);
      EXPECT_TRUE(near_golden(y.value(), golden.get(name, "y"), kOutput));
      backward(y, golden.tensor(name, "gy", real, device));
      EXPECT_TRUE(near_golden(x.grad(), golden.get(name, "grad_x"), kGradient));
    }
}

const std::vector<Shape> kShapes{{1, 1, 1},    {2, 3, 2},    {1, 2, 7},       {2, 1, 1, 2},
                                 {1, 2, 5, 7}, {2, 2, 8, 6}, {1, 2, 3, 4, 5}, {2, 1, 2, 1, 3}};

TEST_P(Resample, UpsamplingAndPaddingHaveAdjoints) {
  Random random(61);
  for (const Shape& shape : kShapes)
    for (const Dtype real : {Dtype::float32, Dtype::float64}) {
      SCOPED_TRACE(testing::Message() << shape << " in " << real);
      const Tensor x = normal_tensor(random, shape, real, device);
      std::int64_t smallest = shape[2];
      for (int axis = 2; axis < shape.rank(); ++axis) smallest = std::min(smallest, shape[axis]);
      for (const int factor : {1, 2, 3})
        EXPECT_TRUE(adjoint_holds([&](const Var& v) { return upsample_nearest(v, factor); }, x, random));
      for (const auto& [before, after] : {std::pair{0, 0}, {1, 0}, {0, 2}, {3, 2}}) {
        EXPECT_TRUE(adjoint_holds([&](const Var& v) { return pad(v, before, after, PadMode::zero); }, x, random));
        if (std::max(before, after) < smallest) {
          EXPECT_TRUE(adjoint_holds([&](const Var& v) { return pad(v, before, after, PadMode::reflect); }, x, random));
        }
      }
    }
}

TEST_P(Resample, PaddingByHand) {
  const Var x(tensor_of({1, 2, 3, 4}, {1, 1, 4}, Dtype::float32, device));
  using Values = std::vector<double>;
  EXPECT_EQ(host_values(pad(x, 1, 2, PadMode::zero).value()), (Values{0, 1, 2, 3, 4, 0, 0}));
  EXPECT_EQ(host_values(pad(x, 3, 2, PadMode::reflect).value()), (Values{4, 3, 2, 1, 2, 3, 4, 3, 2}));
  const Var plane(tensor_of({1, 2, 3, 4, 5, 6}, {1, 1, 2, 3}, Dtype::float32, device));
  const Var wide = pad(plane, 1, 1, PadMode::reflect);
  EXPECT_EQ(wide.shape(), (Shape{1, 1, 4, 5}));
  EXPECT_EQ(host_values(wide.value()), (Values{5, 4, 5, 6, 5, 2, 1, 2, 3, 2, 5, 4, 5, 6, 5, 2, 1, 2, 3, 2}));
  EXPECT_EQ(host_values(pad(plane, 1, 0, PadMode::zero).value()), (Values{0, 0, 0, 0, 0, 1, 2, 3, 0, 4, 5, 6}));
}

TEST_P(Resample, UpsamplingByHand) {
  const Var x(tensor_of({1, 2, 3, 4}, {1, 1, 2, 2}, Dtype::float64, device));
  EXPECT_EQ(host_values(upsample_nearest(x).value()),
            (std::vector<double>{1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4}));
}

TEST_P(Resample, MaxPoolByHandWithTiesAndRest) {
  // The first of equals wins, the last column is dropped.
  const Var x = Var::leaf(tensor_of({5, 5, 9, 5, 1, 9}, {1, 1, 2, 3}, Dtype::float64, device));
  const Var y = max_pool(x);
  EXPECT_EQ(host_values(y.value()), std::vector<double>{5});
  backward(y, tensor_of({2}, {1, 1, 1, 1}, Dtype::float64, device));
  EXPECT_EQ(host_values(x.grad()), (std::vector<double>{2, 0, 0, 0, 0, 0}));
}

TEST_P(Resample, MaxPoolKeepsNan) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const auto& values : {std::vector<double>{nan, 1, 2, 3}, std::vector<double>{1, 2, nan, 3}})
    EXPECT_TRUE(
        std::isnan(host_values(max_pool(Var(tensor_of(values, {1, 1, 2, 2}, Dtype::float32, device))).value())[0]));
}

TEST_P(Resample, GradientOfMaxPoolAwayFromTies) {
  Random random(62);
  for (const auto& [shape, window] : {std::pair{Shape{2, 2, 7}, 2},
                                      {Shape{1, 3, 6, 8}, 2},
                                      {Shape{2, 1, 7, 11}, 3},
                                      {Shape{1, 2, 4, 5, 6}, 2},
                                      {Shape{1, 1, 2, 2}, 1}}) {
    SCOPED_TRACE(testing::Message() << shape << " window " << window);
    // A shuffled ladder: neighbours are 1 apart, far more than the steps of the differences.
    std::vector<double> values;
    for (const std::int64_t rank : random.permutation(shape.size())) values.push_back(static_cast<double>(rank));
    const Tensor x = tensor_of(values, shape, Dtype::float64, device);
    EXPECT_TRUE(gradient_matches([w = window](const std::vector<Var>& v) { return max_pool(v[0], w); }, {x}, random));
  }
}

TEST_P(Resample, ErrorsSayWhatIsNeeded) {
  const Var x(Tensor::zeros({1, 1, 3, 8}, Dtype::float32, device));
  const auto kind = ErrorKind::config;
  EXPECT_TRUE(
      throws_error(kind, "pad: reflecting 3 points of an axis with 3", [&] { (void)pad(x, 3, 0, PadMode::reflect); }));
  EXPECT_TRUE(throws_error(kind, "pad: -1 before", [&] { (void)pad(x, -1, 0, PadMode::zero); }));
  EXPECT_TRUE(throws_error(kind, "max_pool: a window of 4 on (1, 1, 3, 8)", [&] { (void)max_pool(x, 4); }));
  EXPECT_TRUE(throws_error(kind, "max_pool: a window of 0", [&] { (void)max_pool(x, 0); }));
  EXPECT_TRUE(throws_error(kind, "upsample_nearest: a factor of 0", [&] { (void)upsample_nearest(x, 0); }));
}

}  // namespace
}  // namespace fno::test
