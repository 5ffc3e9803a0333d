#include "framework/ops/shape.h"

#include "tests/support/adjoint.h"
#include "tests/support/expect_error.h"
#include "tests/support/near.h"
#include "tests/support/on_each_device.h"
#include "tests/support/random_tensors.h"

namespace fno::test {
namespace {

using ShapeOps = OnEachDevice;
FNO_ON_EACH_DEVICE(ShapeOps);

using Values = std::vector<double>;

Var counting(const Shape& shape, const Device& device) {
  Values values(static_cast<std::size_t>(shape.size()));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i);
  return Var(tensor_of(values, shape, Dtype::float32, device));
}

TEST_P(ShapeOps, ByHand) {
  const Var x = counting({2, 3}, device);
  EXPECT_EQ(host_values(permute(x, {1, 0}).value()), (Values{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(host_values(slice(x, 1, 1, 3).value()), (Values{1, 2, 4, 5}));
  EXPECT_EQ(host_values(slice(x, -2, 1, 2).value()), (Values{3, 4, 5}));
  EXPECT_EQ(host_values(concat({x, slice(x, 1, 0, 1)}, 1).value()), (Values{0, 1, 2, 0, 3, 4, 5, 3}));
  EXPECT_EQ(host_values(concat({x, x}, 0).value()), (Values{0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(reshape(x, {3, 2}).shape(), (Shape{3, 2}));
  EXPECT_EQ(host_values(roll(x, {1}, {1}).value()), (Values{2, 0, 1, 5, 3, 4}));
  EXPECT_EQ(host_values(roll(x, {1, -1}, {0, -1}).value()), (Values{4, 5, 3, 1, 2, 0}));
  EXPECT_EQ(host_values(roll(x, {7, 2}, {1, 1}).value()), host_values(x.value()));  // 9 steps of 3
  const Var cube = counting({2, 3, 4}, device);
  const Var turned = permute(cube, {2, 0, 1});
  EXPECT_EQ(turned.shape(), (Shape{4, 2, 3}));
  const Values values = host_values(turned.value());
  for (std::size_t a = 0; a < 4; ++a)
    for (std::size_t b = 0; b < 2; ++b)
      for (std::size_t c = 0; c < 3; ++c)
        EXPECT_EQ(values[(a * 2 + b) * 3 + c], static_cast<double>((b * 3 + c) * 4 + a));
}

TEST_P(ShapeOps, BackwardIsTheAdjoint) {
  Random random(71);
  for (const Dtype type : {Dtype::float32, Dtype::float64, Dtype::complex64, Dtype::complex128}) {
    SCOPED_TRACE(testing::Message() << type);
    const auto draw = [&](const Shape& shape) { return normal_tensor(random, shape, type, device); };
    const auto check = [&](const std::function<Var(const Var&)>& op, const Shape& shape) {
      EXPECT_TRUE(adjoint_holds(op, draw(shape), random));
    };
    check([](const Var& v) { return reshape(v, {5, 6}); }, {2, 3, 5});
    check([](const Var& v) { return permute(v, {0}); }, {7});
    check([](const Var& v) { return permute(v, {1, 0}); }, {1, 2});
    check([](const Var& v) { return permute(v, {0, 2, 3, 1}); }, {2, 3, 5, 7});
    check([](const Var& v) { return permute(v, {4, 1, 0, 3, 2}); }, {2, 1, 3, 2, 5});
    check([](const Var& v) { return permute(v, {0, 2, 3, 1}); }, {3, 2, 5, 16});  // pairs of long runs
    check([](const Var& v) { return roll(v, {3, -2, 1}, {1, 2, -1}); }, {2, 5, 7, 1});
    for (int axis = 0; axis < 4; ++axis) {
      check([axis](const Var& v) { return slice(v, axis, 1, 2); }, {2, 3, 5, 7});
      check([axis](const Var& v) { return slice(v, axis, 0, 2); }, {2, 2, 5, 7});
      // The same input twice: its two gradients add up.
      check([axis](const Var& v) { return concat({v, slice(v, axis, 0, 1), v}, axis); }, {2, 3, 1, 7});
    }
    const Var other(Tensor::zeros({2, 5, 4}, type, device));
    check([&](const Var& v) { return slice(concat({other, v, other}, 1), 1, 4, 7); }, {2, 3, 4});
  }
}

TEST_P(ShapeOps, SixAxesChangePlaces) {
  const Shape shape{2, 3, 2, 2, 3, 2};
  const std::vector<int> order{4, 1, 5, 0, 3, 2};
  Random random(72);
  for (const Dtype real : {Dtype::float32, Dtype::float64})
    EXPECT_TRUE(adjoint_holds([&](const Var& v) { return permute(v, order); },
                              normal_tensor(random, shape, real, device), random));
  const Var complex(Tensor::zeros(shape, Dtype::complex64, device));
  EXPECT_TRUE(throws_error(ErrorKind::config, "at most 5 axes", [&] { (void)permute(complex, order); }));
}

TEST_P(ShapeOps, ErrorsSayWhatIsNeeded) {
  const Var x = counting({2, 3}, device);
  const auto kind = ErrorKind::config;
  EXPECT_TRUE(throws_error(kind, "reshape: (2, 3) has 6 elements, (4, 2) has 8", [&] { (void)reshape(x, {4, 2}); }));
  EXPECT_TRUE(throws_error(kind, "each of the 2 axes once", [&] { (void)permute(x, {0, 0}); }));
  EXPECT_TRUE(throws_error(kind, "each of the 2 axes once", [&] { (void)permute(x, {0}); }));
  EXPECT_TRUE(throws_error(kind, "slice: entries 1", [&] { (void)slice(x, 1, 1, 4); }));
  EXPECT_TRUE(throws_error(kind, "slice", [&] { (void)slice(x, 2, 0, 1); }));
  EXPECT_TRUE(throws_error(kind, "concat: shapes (2, 3) and (3, 2) along axis 0", [&] {
    (void)concat({x, reshape(x, {3, 2})}, 0);
  }));
  EXPECT_TRUE(throws_error(kind, "roll: 2 shifts for 1 axes", [&] { (void)roll(x, {1, 2}, {0}); }));
  EXPECT_TRUE(throws_error(kind, "roll: axis 2", [&] { (void)roll(x, {1}, {2}); }));
  EXPECT_TRUE(throws_error(kind, "concat: nothing to join", [&] { (void)concat({}, 0); }));
}

}  // namespace
}  // namespace fno::test
