#include "framework/autograd/checkpoint.h"

#include "framework/ops/elementwise.h"
#include "tests/support/expect_error.h"
#include "tests/support/near.h"
#include "tests/support/on_each_device.h"

namespace fno::test {
namespace {

using Checkpoint = OnEachDevice;
FNO_ON_EACH_DEVICE(Checkpoint);

using Values = std::vector<double>;

Tensor line(const Values& values, const Device& device) {
  return tensor_of(values, {static_cast<std::int64_t>(values.size())}, Dtype::float64, device);
}

TEST_P(Checkpoint, GradientsOfInputAndParametersAreThoseOfTheFunction) {
  const Var x = Var::leaf(line({1, 2, 3}, device)), w = Var::leaf(line({4, 5, 6}, device));
  const Var y = checkpoint([w](const Var& v) { return v * v * w; }, affine(x, 2));  // 4x²w
  EXPECT_EQ(host_values(y.value()), (Values{16, 80, 216}));
  backward(sum(y));
  EXPECT_EQ(host_values(x.grad()), (Values{32, 80, 144}));  // 8xw
  EXPECT_EQ(host_values(w.grad()), (Values{4, 16, 36}));    // 4x²
}

TEST_P(Checkpoint, AParameterOfSeveralBlocksGathersFromEach) {
  const Var x(line({1, 2}, device)), w = Var::leaf(line({3, 5}, device));
  const auto times_w = [w](const Var& v) { return v * w; };
  backward(sum(checkpoint(times_w, checkpoint(times_w, x))));  // x·w²: 2xw
  EXPECT_EQ(host_values(w.grad()), (Values{6, 20}));
  EXPECT_FALSE(x.has_grad());
  EXPECT_TRUE(w.grad().sole_owner());
}

TEST_P(Checkpoint, BlocksMayBeNested) {
  const Var x = Var::leaf(line({1, 2}, device)), w = Var::leaf(line({3, 5}, device));
  const auto inner = [w](const Var& v) { return checkpoint([w](const Var& u) { return u * u * w; }, v); };
  const auto outer = [&](const Var& v) { return affine(inner(v), 3); };
  backward(sum(checkpoint(outer, x)));
  EXPECT_EQ(host_values(x.grad()), (Values{18, 60}));
  w.zero_grad();
  backward(sum(checkpoint(outer, Var(x.value()))));  // the parameter inside is found from outside
  EXPECT_EQ(host_values(w.grad()), (Values{3, 12}));
}

TEST_P(Checkpoint, KeepsTheInputAlone) {
  const std::size_t field = 4096 * sizeof(float);
  const auto chain = [](Var v) {
    for (int i = 0; i < 10; ++i) v = gelu(v);
    return v;
  };
  const Var x = Var::leaf(Tensor::full({4096}, Dtype::float32, device, 0.5));
  const std::size_t before = device.memory().use().in_use;
  const Var plain = chain(x);
  EXPECT_GE(device.memory().use().in_use, before + 10 * field);
  const std::size_t between = device.memory().use().in_use;
  const Var kept = checkpoint(chain, x);
  EXPECT_LE(device.memory().use().in_use, between + field + 4096);  // the result; x is there already
  backward(sum(plain));
  const Values expected = host_values(x.grad());
  x.zero_grad();
  backward(sum(kept));
  EXPECT_EQ(host_values(x.grad()), expected);
}

TEST_P(Checkpoint, TheFunctionRunsOnceForwardAndOnceInReverse) {
  int forward = 0, again = 0;
  const Var x = Var::leaf(line({1}, device));
  const Var y = checkpoint(
      [&](const Var& v) {
        ++(recomputing() ? again : forward);
        return square(v);
      },
      x);
  EXPECT_EQ(forward, 1);
  EXPECT_EQ(again, 0);
  backward(y);
  EXPECT_EQ(forward, 1);
  EXPECT_EQ(again, 1);
  EXPECT_FALSE(recomputing());
}

TEST_P(Checkpoint, NothingIsRememberedWhereNothingIsWanted) {
  const Var x = Var::leaf(line({1, 2}, device)), constant(line({1, 2}, device));
  EXPECT_FALSE(checkpoint([](const Var& v) { return square(v); }, constant).wants_grad());
  const NoGrad none;
  EXPECT_FALSE(checkpoint([](const Var& v) { return square(v); }, x).wants_grad());
}

TEST_P(Checkpoint, TheReversePassMayRunWhereNothingElseIsRecorded) {
  const Var x = Var::leaf(line({3}, device));
  const Var y = checkpoint([](const Var& v) { return square(v); }, x);
  const NoGrad none;
  backward(y);
  EXPECT_EQ(host_values(x.grad()), (Values{6}));
}

TEST_P(Checkpoint, AComputedParameterIsRefused) {
  const Var w = Var::leaf(line({1}, device)), computed = square(w);
  EXPECT_TRUE(throws_error(ErrorKind::config, "leaves are needed",
                           [&] { (void)checkpoint([&](const Var& v) { return v * computed; }, w); }));
}

}  // namespace
}  // namespace fno::test
