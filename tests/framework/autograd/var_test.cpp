#include "framework/autograd/var.h"

#include <thread>

#include "framework/cpu/device.h"
#include "framework/ops/elementwise.h"
#include "framework/ops/shape.h"
#include "tests/support/expect_error.h"
#include "tests/support/near.h"
#include "tests/support/on_each_device.h"

namespace fno::test {
namespace {

using Autograd = OnEachDevice;
FNO_ON_EACH_DEVICE(Autograd);

using Values = std::vector<double>;

Tensor line(const Values& values, const Device& device) {
  return tensor_of(values, {static_cast<std::int64_t>(values.size())}, Dtype::float64, device);
}

TEST_P(Autograd, SharedSubexpressionsAddUp) {
  const Var a = Var::leaf(line({1, 2, 3}, device));
  backward(sum(a + a));
  EXPECT_EQ(host_values(a.grad()), (Values{2, 2, 2}));

  const Var b = Var::leaf(line({1, 2, 3}, device));
  backward(sum(b * b + b));
  EXPECT_EQ(host_values(b.grad()), (Values{3, 5, 7}));

  const Var c = Var::leaf(line({1, 2, 3}, device));
  const Var s = c * c;
  backward(sum(s * s + s));  // 4c³ + 2c
  EXPECT_EQ(host_values(c.grad()), (Values{6, 36, 114}));
}

TEST_P(Autograd, LongAndShortWaysMeetInTheRightOrder) {
  // x reaches y directly and through a chain; a walk that did not wait for both would lose one.
  const Var x = Var::leaf(line({2}, device));
  const Var early = x * x;
  Var late = early;
  for (int i = 0; i < 20; ++i) late = affine(late, 1, 1);
  backward(sum(late * early));  // (x² + 20)·x²: 4x³ + 40x
  EXPECT_EQ(host_values(x.grad()), (Values{112}));
}

TEST_P(Autograd, GradientsOfBothSidesOfASumDoNotShareLaterAdditions) {
  const Var a = Var::leaf(line({1, 1}, device)), b = Var::leaf(line({1, 1}, device));
  const Tensor dy = line({5, 7}, device);
  const Var y = a + b;
  backward(y, dy);
  backward(sum(affine(a, 10)));
  EXPECT_EQ(host_values(a.grad()), (Values{15, 17}));
  EXPECT_EQ(host_values(b.grad()), (Values{5, 7}));
  EXPECT_EQ(host_values(dy), (Values{5, 7})) << "the caller's gradient was overwritten";
}

TEST_P(Autograd, AdditionsDoNotReachAGradientThatIsStillToBeRead) {
  // dy of the sum is moved into both x's grad and the intermediate's; adding the second part of x's must not change it.
  const Var x = Var::leaf(line({3}, device));
  const Var square = x * x;
  const Var y = x + reshape(square, {1});
  backward(y, line({2}, device));
  EXPECT_EQ(host_values(x.grad()), (Values{14}));  // 2·(1 + 2x)
}

TEST_P(Autograd, LeavesGatherOverBackwardPassesUntilZeroed) {
  const Var x = Var::leaf(line({1, 2}, device));
  for (int i = 0; i < 3; ++i) backward(sum(square(x)));
  EXPECT_EQ(host_values(x.grad()), (Values{6, 12}));
  x.zero_grad();
  EXPECT_FALSE(x.has_grad());
  backward(sum(square(x)));
  EXPECT_EQ(host_values(x.grad()), (Values{2, 4}));
}

TEST_P(Autograd, ConstantsGetNoGradient) {
  const Var x = Var::leaf(line({1, 2}, device)), c(line({3, 4}, device));
  const Var unused = Var::leaf(line({1, 2}, device));
  const Var constant = c * c;
  EXPECT_FALSE(constant.wants_grad());
  backward(sum(x * constant));
  EXPECT_EQ(host_values(x.grad()), (Values{9, 16}));
  EXPECT_FALSE(c.has_grad());
  EXPECT_FALSE(unused.has_grad());
}

TEST_P(Autograd, IntermediateGradientsAreFreed) {
  const Var x = Var::leaf(line({1, 2}, device));
  const Var y = square(x), z = sum(y);
  backward(z);
  EXPECT_FALSE(y.has_grad());
  EXPECT_FALSE(z.has_grad());
  EXPECT_TRUE(x.has_grad());
}

TEST_P(Autograd, BackwardFreesWhatItSaved) {
  const std::int64_t n = 4096;
  const auto size = [&](int arrays) { return static_cast<std::size_t>(arrays) * n * sizeof(float); };
  const Var x = Var::leaf(Tensor::full({n}, Dtype::float32, device, 0.5));
  const std::size_t before = device.memory().use().in_use;
  Var loss;
  {
    Var y = x;
    for (int i = 0; i < 10; ++i) y = gelu(y);
    loss = sum(y);
  }
  EXPECT_GE(device.memory().use().in_use, before + size(9));  // what the closures keep
  backward(loss);
  const std::size_t after = device.memory().use().in_use;
  EXPECT_GE(after, before + size(1));  // the gradient of x
  EXPECT_LE(after, before + size(1) + 4096);
}

TEST_P(Autograd, AGraphThatIsDroppedFreesItsMemory) {
  const Var x = Var::leaf(Tensor::full({4096}, Dtype::float32, device, 0.5));
  const std::size_t before = device.memory().use().in_use;
  { const Var loss = sum(gelu(gelu(x))); }
  EXPECT_EQ(device.memory().use().in_use, before);
}

TEST_P(Autograd, NoGradRemembersNothing) {
  const Var x = Var::leaf(Tensor::full({4096}, Dtype::float32, device, 0.5));
  {
    const NoGrad outer;
    { const NoGrad inner; }
    const std::size_t before = device.memory().use().in_use;
    const Var y = gelu(gelu(gelu(x)));
    EXPECT_FALSE(y.wants_grad());
    EXPECT_LE(device.memory().use().in_use, before + 4096 * sizeof(float) + 4096);  // the result alone
    EXPECT_TRUE(throws_error(ErrorKind::config, "nothing that leads to this value wants a gradient",
                             [&] { backward(y, x.value()); }));
  }
  EXPECT_TRUE(gelu(x).wants_grad());
}

TEST_P(Autograd, ComplexGradientsArePartsSideBySide) {
  const Tensor reals = tensor_of({1, 2, 3, 4}, {2, 2}, Dtype::float64, device);
  const Var z = Var::leaf(reals.as_complex());
  const Var y = affine(z, 2);
  backward(y, tensor_of({5, 6, 7, 8}, {2, 2}, Dtype::float64, device).as_complex());
  EXPECT_EQ(host_values(z.grad()), (Values{10, 12, 14, 16}));
}

// A graph that was used up must not pass for a leaf: the gradients would end there in silence.
TEST_P(Autograd, AFreedGraphIsRefused) {
  const Var x = Var::leaf(line({1, 2}, device));
  const Var shared = square(x), one = sum(shared), two = sum(affine(shared, 3));
  backward(one);
  EXPECT_TRUE(throws_error(ErrorKind::config, "freed by an earlier pass", [&] { backward(one); }));
  EXPECT_TRUE(throws_error(ErrorKind::config, "freed by an earlier pass", [&] { backward(two); }));
  EXPECT_TRUE(throws_error(ErrorKind::config, "is a leaf", [&] { backward(x, x.value()); }));
}

TEST_P(Autograd, GradientsOfLeavesOwnTheirMemory) {
  const Var a = Var::leaf(line({1, 1}, device)), b = Var::leaf(line({1, 1}, device));
  const Tensor dy = line({5, 7}, device);
  backward(a + b, dy);
  EXPECT_TRUE(a.grad().sole_owner());
  EXPECT_TRUE(b.grad().sole_owner());
  EXPECT_TRUE(dy.sole_owner());
}

TEST_P(Autograd, ErrorsSayWhatIsNeeded) {
  const Var x = Var::leaf(line({1, 2}, device));
  EXPECT_TRUE(throws_error(ErrorKind::config, "a loss is one number", [&] { backward(square(x)); }));
  EXPECT_TRUE(throws_error(ErrorKind::config, "backward: gradient (3)", [&] {
    backward(square(x), line({1, 2, 3}, device));
  }));
  const Var wrong = record(line({1, 2}, device), {x}, [&](const Tensor&, const Grads& grads) {
    grads.add(0, line({1, 2, 3}, device));
  });
  EXPECT_TRUE(throws_error(ErrorKind::config, "for a value (2) float64", [&] {
    backward(wrong, line({1, 1}, device));
  }));
}

// ---- misuse is said, never a wrong number --------------------------------------------------------------------------

TEST_P(Autograd, AValueOverwrittenBeforeTheReversePassIsNamed) {
  const Var x = Var::leaf(line({3}, device));
  const Var y = sum(x * x);
  Tensor(x.value()).copy_from(line({50}, device));
  EXPECT_TRUE(throws_error(ErrorKind::config,
                           "backward: a value (1) float64 " + device.name() +
                               " was overwritten after an op had read it; its gradient would be that of other values",
                           [&] { backward(y); }));
}

TEST_P(Autograd, OverwritingThroughAViewIsNoticed) {
  const Var x = Var::leaf(line({3, 4}, device));
  const Var y = sum(x * x);
  x.value().rows(1, 2).copy_from(line({50}, device));
  EXPECT_THROW(backward(y), Error);
}

TEST_P(Autograd, OverwritingBetweenTwoStepsIsAllowed) {
  const Var x = Var::leaf(line({3}, device));
  for (const double value : {3.0, 5.0}) {
    Tensor(x.value()).copy_from(line({value}, device));
    x.zero_grad();
    backward(sum(x * x));
    EXPECT_EQ(host_values(x.grad()), (Values{2 * value}));
  }
}

TEST_P(Autograd, AnotherValueOfALeafLeavesEarlierGraphsRight) {
  const Var x = Var::leaf(line({3}, device));
  const Var y = sum(x * x);
  x.set_value(line({50}, device));
  backward(y);
  EXPECT_EQ(host_values(x.grad()), (Values{6}));
}

TEST_P(Autograd, SetValueTakesTheSameShapeAndDeviceOnly) {
  const Var x = Var::leaf(line({3, 4}, device));
  EXPECT_TRUE(throws_error(ErrorKind::config,
                           "set_value: found (1) float64 " + device.name() + ", accepted: (2) float64 " +
                               device.name() + " or its other precision",
                           [&] { x.set_value(line({3}, device)); }));
  EXPECT_THROW(x.set_value(Tensor::zeros({2}, Dtype::complex64, device)), Error);
  EXPECT_THROW(x.set_value(line({3, 4}, cpu_device(1))), Error);
  EXPECT_THROW(x.set_value(Tensor()), Error);
  EXPECT_THROW((x * x).set_value(line({3, 4}, device)), Error);
  EXPECT_EQ(host_values(x.value()), (Values{3, 4}));
}

TEST(Var, AnUndefinedOneIsAnError) {
  const Var none;
  EXPECT_TRUE(throws_error(ErrorKind::config, "an undefined Var was used", [&] { (void)none.value(); }));
  EXPECT_THROW((void)none.shape(), Error);
  EXPECT_THROW((void)none.grad(), Error);
  EXPECT_THROW(none.zero_grad(), Error);
  EXPECT_THROW((void)(none + none), Error);
  EXPECT_THROW(backward(none), Error);
  EXPECT_FALSE(none.wants_grad());
}

TEST_P(Autograd, ThereAreNoSecondDerivatives) {
  const Var x = Var::leaf(line({3}, device));
  backward(sum(x * x));
  const Var slope(x.grad());
  EXPECT_TRUE(throws_error(
      ErrorKind::config,
      "backward: nothing that leads to this value wants a gradient (a gradient itself is a constant: there are "
      "no second derivatives)",
      [&] { backward(sum(slope)); }));
}

TEST(Var, AGraphOfAMillionNodesIsTakenApart) {
  const Device device = cpu_device(1);
  const Var x = Var::leaf(line({1}, device));
  Var y = x;
  for (int i = 0; i < 1000000; ++i) y = affine(y, 1, 0);
  y = Var();  // without a reverse pass: the chain of handles ends here
  EXPECT_FALSE(x.has_grad());
}

TEST(Var, AGraphBegunInAnotherThreadHasItsGradients) {
  const Device device = cpu_device(1);
  const Var x = Var::leaf(line({2}, device));
  Var early;
  std::thread([&] {
    for (int i = 0; i < 1000; ++i) early = x * x;  // many nodes: their numbers must not pass those made later
  }).join();
  Var late = early;
  for (int i = 0; i < 20; ++i) late = affine(late, 1, 1);
  backward(sum(late * early));  // (x² + 20)·x²: 4x³ + 40x
  EXPECT_EQ(host_values(x.grad()), (Values{112}));
}

}  // namespace
}  // namespace fno::test
