// Jobs that are others in turn: one pass over a layer gives what its parts give, on every device.
#include "framework/cpu/device.h"
#include "framework/ops/conv.h"
#include "framework/ops/elementwise.h"
#include "framework/ops/spectral.h"
#include "tests/support/expect_error.h"
#include "tests/support/near.h"
#include "tests/support/on_each_device.h"
#include "tests/support/random_tensors.h"

namespace fno::test {
namespace {

using CompositeOps = OnEachDevice;
FNO_ON_EACH_DEVICE(CompositeOps);

struct Run {
  Tensor y;
  std::vector<Tensor> grads;
};

Run differentiated(const Var& y, const Tensor& dy, const std::vector<Var>& leaves) {
  backward(y, dy);
  Run run{.y = y.value(), .grads = {}};
  for (const Var& leaf : leaves) {
    run.grads.push_back(leaf.grad());
    leaf.zero_grad();
  }
  return run;
}

::testing::AssertionResult near(const Tensor& a, const Tensor& b, const Tolerance& tolerance) {
  return near_scaled(host_values(a), host_values(b), tolerance.of(a.dtype()));
}

void expect_near(const Run& one, const Run& other) {
  EXPECT_TRUE(near(one.y, other.y, kOutput));
  for (std::size_t i = 0; i < one.grads.size(); ++i) {
    SCOPED_TRACE(testing::Message() << "gradient " << i);
    EXPECT_TRUE(near(one.grads[i], other.grads[i], kGradient));
  }
}

// Batches that are divided by samples and others; a field of 4 MB and more leaves the cache on another way, and the
// kernel's gradient is formed on its own from 1024 points on.
TEST_P(CompositeOps, AnActivatedFourierLayerIsLayerAndGelu) {
  struct Case {
    int batch, in, out;
    std::vector<int> grid;
    int modes;
    double padding;
  };
  Random random(7);
  for (const Case& c : {Case{1, 3, 5, {9}, 3, 0}, Case{3, 9, 2, {12, 15}, 4, 0.25}, Case{8, 4, 8, {1, 7}, 2, 0},
                        Case{2, 9, 3, {4, 5}, 1, 0}, Case{4, 2, 3, {4, 5, 6}, 2, 0}, Case{6, 8, 8, {150, 151}, 5, 0},
                        Case{24, 3, 10, {13}, 3, 0}, Case{12, 5, 17, {1025}, 4, 0.5}, Case{12, 20, 9, {33, 40}, 5, 0}})
    for (const Dtype real : {Dtype::float32, Dtype::float64}) {
      SCOPED_TRACE(testing::Message() << "grid of " << c.grid.size() << " axes, batch " << c.batch << ", " << real);
      const auto modes = make_modes(ModeConvention::corner, c.grid, c.modes, c.padding);
      Shape x_shape{c.batch, c.in}, kernel{c.out, c.in}, y_shape{c.batch, c.out};
      for (const int n : c.grid) x_shape.push_back(n), y_shape.push_back(n), kernel.push_back(1);
      const auto leaf = [&](const Shape& shape, Dtype type) {
        return Var::leaf(normal_tensor(random, shape, type, device));
      };
      const Var x = leaf(x_shape, real), k = leaf(kernel, real), b = leaf({c.out}, real),
                w = leaf({modes->weight_modes, c.in, c.out}, complex_of(real));
      const Tensor dy = normal_tensor(random, y_shape, real, device);
      const ActivatedLayer layer = fourier_layer_gelu(x, w, k, b, modes);
      const Var z = fourier_layer(x, w, k, b, modes);
      EXPECT_TRUE(near(layer.z.value(), z.value(), kOutput));
      expect_near(differentiated(layer.y, dy, {x, w, k, b}), differentiated(gelu(z), dy, {x, w, k, b}));
    }
}

TEST_P(CompositeOps, APointwiseMlpIsTwoConvolutionsWithAGeluBetween) {
  Random random(8);
  struct Case {
    Shape x;
    int hidden, out;
  };
  for (const Case& c : {Case{{1, 2, 5}, 3, 1}, Case{{3, 4, 15, 14}, 21, 1}, Case{{2, 17, 3, 4, 19}, 40, 3}})
    for (const Dtype real : {Dtype::float32, Dtype::float64}) {
      SCOPED_TRACE(testing::Message() << c.x << " through " << c.hidden << " to " << c.out << ", " << real);
      const auto in = static_cast<int>(c.x[1]);
      Shape first{c.hidden, in}, second{c.out, c.hidden}, y_shape{c.x[0], c.out};
      for (int axis = 2; axis < c.x.rank(); ++axis)
        first.push_back(1), second.push_back(1), y_shape.push_back(c.x[axis]);
      const auto leaf = [&](const Shape& shape) { return Var::leaf(normal_tensor(random, shape, real, device)); };
      const Var x = leaf(c.x), w1 = leaf(first), b1 = leaf({c.hidden}), w2 = leaf(second), b2 = leaf({c.out});
      const Tensor dy = normal_tensor(random, y_shape, real, device);
      const std::vector<Var> leaves{x, w1, b1, w2, b2};
      expect_near(differentiated(pointwise_mlp(x, w1, b1, w2, b2), dy, leaves),
                  differentiated(conv(gelu(conv(x, w1, b1)), w2, b2), dy, leaves));
      const Var constant(x.value());
      expect_near(differentiated(pointwise_mlp(constant, w1, b1, w2, b2), dy, {w1, b1, w2, b2}),
                  differentiated(conv(gelu(conv(constant, w1, b1)), w2, b2), dy, {w1, b1, w2, b2}));
    }
}

TEST_P(CompositeOps, APointwiseMlpSaysWhatIsNeeded) {
  const auto zeros = [&](const Shape& shape) { return Var(Tensor::zeros(shape, Dtype::float32, device)); };
  const Var x = zeros({2, 3, 8}), b1 = zeros({4}), b2 = zeros({1});
  EXPECT_TRUE(throws_error(ErrorKind::config, "kernels of one point", [&] {
    (void)pointwise_mlp(x, zeros({4, 3, 3}), b1, zeros({1, 4, 1}), b2);
  }));
  EXPECT_TRUE(throws_error(ErrorKind::config, "pointwise_mlp", [&] {
    (void)pointwise_mlp(x, zeros({4, 3, 1}), b1, zeros({1, 5, 1}), b2);
  }));
  EXPECT_TRUE(throws_error(ErrorKind::config, "bias", [&] {
    (void)pointwise_mlp(x, zeros({4, 3, 1}), b2, zeros({1, 4, 1}), b2);
  }));
}

}  // namespace
}  // namespace fno::test
