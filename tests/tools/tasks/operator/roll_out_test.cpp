#include "tools/tasks/operator/roll_out.h"

#include "framework/cpu/device.h"
#include "framework/ops/elementwise.h"
#include "framework/ops/shape.h"
#include "tests/support/expect_error.h"

namespace fno::operators {
namespace {

using test::throws_error;

const training::ChannelScaling kUnits{{0}, {1}};

Var states(const std::vector<float>& values, const Shape& shape) {
  static const Device device = cpu_device(1);
  return Var(Tensor::from(values, shape, device));
}

// The sum of the last two states.
class Fibonacci : public Model {
 public:
  [[nodiscard]] Var forward(const Var& x) const override { return slice(x, 1, 0, 1) + slice(x, 1, 1, 2); }
};

TEST(RollOut, EachAnswerIsTheNextInput) {
  const Var x = states({1, 1, 10, 20, 0, 1, 2, 3}, {2, 2, 2});  // (B, states, points), the older one first
  const Var y = roll_out(Fibonacci(), 2, kUnits, x, 4);
  EXPECT_EQ(y.shape(), (Shape{2, 4, 2}));
  EXPECT_EQ(y.value().to_host<float>(), (std::vector<float>{11, 21, 21, 41, 32, 62, 53, 103,  //
                                                            2, 4, 4, 7, 6, 11, 10, 18}));
  EXPECT_EQ(roll_out(Fibonacci(), 2, kUnits, x, 1).shape(), (Shape{2, 1, 2}));
}

// w times the state.
class Times : public Model {
 public:
  explicit Times(Var w) : w_(std::move(w)) {}
  [[nodiscard]] Var forward(const Var& x) const override { return x * w_; }

 private:
  Var w_;
};

TEST(RollOut, GradientsGoThroughAllSteps) {
  // w x + w² x + w³ x: x (1 + 2 w + 3 w²) for w.
  const Var x = states({3}, {1, 1, 1});
  const Var w = Var::leaf(Tensor::from(std::vector<float>{2}, Shape{1, 1, 1}, x.device()));
  backward(sum(roll_out(Times(w), 1, kUnits, x, 3)));
  EXPECT_EQ(w.grad().to_host<float>(), (std::vector<float>{3 * (1 + 4 + 12)}));
}

class PlusOne : public Model {
 public:
  [[nodiscard]] Var forward(const Var& x) const override { return affine(x, 1, 1); }
};

TEST(RollOut, AConstantChannelComesBackAsItsMean) {
  // Whatever the network says of the second channel stands for its mean, 0 to the network.
  const Var y = roll_out(PlusOne(), 1, {{5, 7}, {2, 0}}, states({1, 0}, {1, 2, 1}), 3);
  EXPECT_EQ(y.value().to_host<float>(), (std::vector<float>{2, 1, 3, 1, 4, 1}));
}

TEST(RollOut, RefusesOtherStates) {
  const Var x = states({1, 2}, {1, 2, 1});
  EXPECT_TRUE(
      throws_error(ErrorKind::config, "1 states of 1 channels", [&] { (void)roll_out(PlusOne(), 1, kUnits, x, 2); }));
  EXPECT_TRUE(throws_error(ErrorKind::config, "found 0 steps", [&] { (void)roll_out(Fibonacci(), 2, kUnits, x, 0); }));
}

TEST(Persistence, HoldsTheLastState) {
  const Var y = Persistence(1).forward(states({1, 2, 3, 4}, {1, 2, 2}));
  EXPECT_EQ(y.value().to_host<float>(), (std::vector<float>{3, 4}));
}

}  // namespace
}  // namespace fno::operators
