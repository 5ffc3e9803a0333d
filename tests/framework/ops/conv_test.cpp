#include "framework/ops/conv.h"

#include "framework/cpu/device.h"
#include "tests/support/adjoint.h"
#include "tests/support/expect_error.h"
#include "tests/support/golden_cases.h"
#include "tests/support/near.h"
#include "tests/support/on_each_device.h"
#include "tests/support/random_tensors.h"

namespace fno::test {
namespace {

using ConvOps = OnEachDevice;
FNO_ON_EACH_DEVICE(ConvOps);

using Op = Var (*)(const Var&, const Var&, const Var&, ConvOptions);

void expect_golden_case(const GoldenFile& golden, const std::string& name, Dtype real, const Device& device, Op op,
                        const ConvOptions& options) {
  SCOPED_TRACE(testing::Message() << name << " in " << real);
  const auto leaf = [&](const char* array) { return Var::leaf(golden.tensor(name, array, real, device)); };
  const Var x = leaf("x"), weight = leaf("weight"), bias = leaf("bias");
  const Var y = op(x, weight, bias, options);
  EXPECT_EQ(y.shape(), golden.get(name, "y").shape);
  EXPECT_TRUE(near_golden(y.value(), golden.get(name, "y"), kOutput));
  backward(y, golden.tensor(name, "gy", real, device));
  EXPECT_TRUE(near_golden(x.grad(), golden.get(name, "grad_x"), kGradient));
  EXPECT_TRUE(near_golden(weight.grad(), golden.get(name, "grad_weight"), kGradient));
  EXPECT_TRUE(near_golden(bias.grad(), golden.get(name, "grad_bias"), kGradient));
}

TEST_P(ConvOps, GoldenConvolutions) {
  const GoldenFile golden("conv2d");
  for (const std::string& name : tested_cases("conv2d"))
    for (const Dtype real : {Dtype::float32, Dtype::float64})
      expect_golden_case(golden, name, real, device, conv, {.padding = golden.integers(name, "padding")[0]});
}

TEST_P(ConvOps, GoldenTransposedConvolutions) {
  const GoldenFile golden("conv_transpose2d");
  for (const std::string& name : tested_cases("conv_transpose2d"))
    for (const Dtype real : {Dtype::float32, Dtype::float64}) {
      const std::vector<int> p = golden.integers(name, "params");  // kernel, stride, padding, output padding
      expect_golden_case(golden, name, real, device, conv_transpose,
                         {.stride = p[1], .padding = p[2], .output_padding = p[3]});
    }
}

struct Case {
  std::vector<int> grid;
  int kernel;
  ConvOptions options;
  int in = 3, out = 4;
};

std::ostream& operator<<(std::ostream& out, const Case& c) {
  return out << "kernel " << c.kernel << " stride " << c.options.stride << " padding " << c.options.padding << '+'
             << c.options.output_padding << " on " << testing::PrintToString(c.grid) << ", " << c.in << " to " << c.out
             << " channels";
}

constexpr int kBatch = 2;

Shape on_grid(std::int64_t a, std::int64_t b, const std::vector<int>& grid) {
  Shape shape{a, b};
  for (const int n : grid) shape.push_back(n);
  return shape;
}

Shape kernel_shape(std::int64_t a, std::int64_t b, const Case& c) {
  return on_grid(a, b, std::vector<int>(c.grid.size(), c.kernel));
}

const std::vector<Case> kConvs{{{1}, 1, {}},
                               {{1}, 3, {1, 1, 0}},
                               {{7}, 3, {1, 0, 0}},
                               {{16}, 5, {2, 2, 0}},
                               {{1, 2}, 3, {1, 1, 0}},
                               {{6, 5}, 1, {}},
                               {{6, 5}, 1, {2, 0, 0}},
                               {{7, 11}, 3, {1, 1, 0}},
                               {{8, 8}, 3, {2, 1, 0}},
                               {{9, 6}, 2, {2, 0, 0}},
                               {{5, 7}, 4, {3, 2, 0}},
                               {{17, 40}, 3, {1, 1, 0}},
                               {{2, 3, 4}, 3, {1, 1, 0}},
                               {{5, 4, 3}, 2, {2, 1, 0}},
                               {{4, 3, 5}, 1, {}},
                               // More channels than a register tile has rows, or a piece of the sum has terms.
                               {{9, 37}, 3, {1, 1, 0}, 20, 21},
                               {{5, 6}, 3, {1, 1, 0}, 37, 50},
                               {{1, 1}, 3, {1, 1, 0}, 40, 14},
                               {{8, 6}, 2, {2, 0, 0}, 17, 40},
                               {{10, 9}, 3, {2, 1, 0}, 18, 30},
                               {{3, 4, 5}, 3, {1, 1, 0}, 19, 17},
                               {{5, 7}, 1, {}, 150, 33},
                               {{15, 31}, 1, {2, 0, 0}},  // a strided row one short of two vectors
                               {{3, 70}, 3, {2, 1, 0}},
                               {{4, 33}, 4, {2, 1, 0}},
                               // Planes that go in pieces, the last of them smaller.
                               {{71, 64}, 3, {1, 1, 0}, 20, 3},
                               {{67, 65}, 3, {1, 2, 0}, 2, 33},
                               // Enough channels and tiles for Winograd's filtering: ragged tiles, all its borders.
                               {{8, 70}, 3, {1, 1, 0}, 16, 16},
                               {{13, 12}, 3, {1, 2, 0}, 17, 23},
                               {{11, 15}, 3, {1, 0, 0}, 40, 18},
                               {{35, 6}, 3, {1, 1, 0}, 33, 70}};

const std::vector<Case> kTransposed{{{1}, 2, {2, 0, 0}},       {{5}, 3, {1, 1, 0}},
                                    {{4}, 3, {3, 0, 2}},       {{1, 3}, 2, {2, 0, 0}},
                                    {{6, 5}, 3, {2, 1, 1}},    {{7, 4}, 4, {2, 1, 0}},
                                    {{3, 8}, 1, {1, 0, 0}},    {{2, 3, 4}, 2, {2, 0, 0}},
                                    {{3, 2, 5}, 3, {2, 1, 1}}, {{20, 19}, 2, {2, 0, 0}, 40, 18}};

// The defining sum; options and grid of any number of axes.
std::vector<double> direct_conv(const std::vector<double>& x, const std::vector<double>& w,
                                const std::vector<double>& bias, const Case& c) {
  int n[3] = {1, 1, 1}, k[3] = {1, 1, 1}, stride[3] = {1, 1, 1}, pad[3] = {0, 0, 0}, m[3];
  for (std::size_t i = 0; i < c.grid.size(); ++i) {
    const std::size_t axis = 3 - c.grid.size() + i;
    n[axis] = c.grid[i];
    k[axis] = c.kernel;
    stride[axis] = c.options.stride;
    pad[axis] = c.options.padding;
  }
  for (int axis = 0; axis < 3; ++axis) m[axis] = (n[axis] + 2 * pad[axis] - k[axis]) / stride[axis] + 1;
  std::vector<double> y;
  const auto inside = [&](int axis, int at) { return at >= 0 && at < n[axis]; };
  for (int b = 0; b < kBatch; ++b)
    for (int o = 0; o < c.out; ++o)
      for (int p = 0; p < m[0] * m[1] * m[2]; ++p) {
        double sum = bias[static_cast<std::size_t>(o)];
        for (int i = 0; i < c.in; ++i)
          for (int t = 0; t < k[0] * k[1] * k[2]; ++t) {
            const int r0 = p / (m[1] * m[2]) * stride[0] + t / (k[1] * k[2]) - pad[0];
            const int r1 = p / m[2] % m[1] * stride[1] + t / k[2] % k[1] - pad[1];
            const int r2 = p % m[2] * stride[2] + t % k[2] - pad[2];
            if (inside(0, r0) && inside(1, r1) && inside(2, r2))
              sum += x[static_cast<std::size_t>((((b * c.in + i) * n[0] + r0) * n[1] + r1) * n[2] + r2)] *
                     w[static_cast<std::size_t>((o * c.in + i) * k[0] * k[1] * k[2] + t)];
          }
        y.push_back(sum);
      }
  return y;
}

TEST_P(ConvOps, EqualsTheDirectSumInOneTwoAndThreeDimensions) {
  Random random(31);
  for (const Case& c : kConvs)
    for (const Dtype real : {Dtype::float32, Dtype::float64}) {
      SCOPED_TRACE(testing::Message() << c << " in " << real);
      const Tensor x = normal_tensor(random, on_grid(kBatch, c.in, c.grid), real, device);
      const Tensor w = normal_tensor(random, kernel_shape(c.out, c.in, c), real, device);
      const Tensor bias = normal_tensor(random, {c.out}, real, device);
      EXPECT_TRUE(near_scaled(host_values(conv(Var(x), Var(w), Var(bias), c.options).value()),
                              direct_conv(host_values(x), host_values(w), host_values(bias), c), kOutput.of(real)));
    }
}

TEST_P(ConvOps, BackwardIsTheAdjointInInputWeightAndBias) {
  Random random(32);
  const auto check = [&](const Case& c, Op op, std::int64_t w0, std::int64_t w1) {
    for (const Dtype real : {Dtype::float32, Dtype::float64}) {
      SCOPED_TRACE(testing::Message() << c << " in " << real);
      const Tensor x = normal_tensor(random, on_grid(kBatch, c.in, c.grid), real, device);
      const Tensor w = normal_tensor(random, kernel_shape(w0, w1, c), real, device);
      const Var zero_x(Tensor::zeros(x.shape(), real, device));
      EXPECT_TRUE(adjoint_holds([&](const Var& v) { return op(v, Var(w), Var(), c.options); }, x, random));
      EXPECT_TRUE(adjoint_holds([&](const Var& v) { return op(Var(x), v, Var(), c.options); }, w, random));
      EXPECT_TRUE(adjoint_holds([&](const Var& v) { return op(zero_x, Var(w), v, c.options); },
                                normal_tensor(random, {c.out}, real, device), random));
    }
  };
  for (const Case& c : kConvs) check(c, conv, c.out, c.in);
  for (const Case& c : kTransposed) check(c, conv_transpose, c.in, c.out);
}

// ⟨conv(x, w), y⟩ = ⟨x, conv_transpose(y, w)⟩ wherever the sizes come back to those of x.
TEST_P(ConvOps, TransposedIsTheAdjointOfConv) {
  Random random(33);
  for (const Case& c : kTransposed) {
    SCOPED_TRACE(testing::Message() << c);
    const Tensor y = normal_tensor(random, on_grid(kBatch, c.in, c.grid), Dtype::float64, device);
    const Tensor w = normal_tensor(random, kernel_shape(c.in, c.out, c), Dtype::float64, device);
    const Var up = conv_transpose(Var(y), Var(w), Var(), c.options);
    const Var x = Var::leaf(normal_tensor(random, up.shape(), Dtype::float64, device));
    const Var down = conv(x, Var(w), Var(), {.stride = c.options.stride, .padding = c.options.padding});
    ASSERT_EQ(down.shape(), y.shape());
    backward(down, y);
    EXPECT_TRUE(near_scaled(host_values(up.value()), host_values(x.grad()), 1e-13));
  }
}

TEST(Conv, BitsDoNotDependOnTheNumberOfThreads) {
  const auto bits = [](const Case& c, int threads) {
    const Device device = cpu_device(threads);
    Random random(34);
    const auto leaf = [&](const Shape& shape) {
      return Var::leaf(normal_tensor(random, shape, Dtype::float32, device));
    };
    const Var x = leaf(on_grid(kBatch, c.in, c.grid)), w = leaf(kernel_shape(c.out, c.in, c));
    const Var y = conv(x, w, leaf({c.out}), c.options);
    backward(y, normal_tensor(random, y.shape(), Dtype::float32, device));
    return std::vector{host_values(y.value()), host_values(x.grad()), host_values(w.grad())};
  };
  for (const Case& c : kConvs) {
    SCOPED_TRACE(testing::Message() << c);
    const auto one = bits(c, 1);
    EXPECT_EQ(one, bits(c, 2));
    EXPECT_EQ(one, bits(c, 5));
  }
}

TEST_P(ConvOps, ErrorsSayWhatIsNeeded) {
  const auto kind = ErrorKind::config;
  const auto zeros = [&](const Shape& shape) { return Var(Tensor::zeros(shape, Dtype::float32, device)); };
  const Var x = zeros({2, 3, 8, 8}), w = zeros({4, 3, 3, 3});
  EXPECT_TRUE(throws_error(kind, "conv: weight (4, 2, 3, 3) for x (2, 3, 8, 8)", [&] {
    (void)conv(x, zeros({4, 2, 3, 3}), Var());
  }));
  EXPECT_TRUE(throws_error(kind, "conv: bias (3) for 4 channels", [&] { (void)conv(x, w, zeros({3})); }));
  EXPECT_TRUE(throws_error(kind, "conv: a kernel of 3 on 2 points with padding 0", [&] {
    (void)conv(zeros({2, 3, 8, 2}), w, Var());
  }));
  EXPECT_TRUE(throws_error(kind, "conv: stride 0", [&] { (void)conv(x, w, Var(), {.stride = 0}); }));
  EXPECT_TRUE(throws_error(kind, "conv_transpose: weight", [&] { (void)conv_transpose(x, w, Var()); }));
  EXPECT_TRUE(throws_error(kind, "output padding 2 with stride 2", [&] {
    (void)conv_transpose(x, zeros({3, 4, 3, 3}), Var(), {.stride = 2, .padding = 1, .output_padding = 2});
  }));
  const Var elsewhere(Tensor::zeros({4, 3, 3, 3}, Dtype::float32, cpu_device(1)));
  EXPECT_TRUE(
      throws_error(ErrorKind::device, "conv: tensors on different devices", [&] { (void)conv(x, elsewhere, Var()); }));
  const Var narrow(Tensor::zeros({4, 3, 3, 3}, Dtype::float64, device));
  EXPECT_TRUE(throws_error(kind, "conv: types differ", [&] { (void)conv(x, narrow, Var()); }));
}

}  // namespace
}  // namespace fno::test
