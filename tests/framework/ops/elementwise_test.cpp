#include "framework/ops/elementwise.h"

#include <cmath>
#include <limits>

#include "tests/support/adjoint.h"
#include "tests/support/expect_error.h"
#include "tests/support/golden_cases.h"
#include "tests/support/gradcheck.h"
#include "tests/support/near.h"
#include "tests/support/on_each_device.h"
#include "tests/support/random_tensors.h"

namespace fno::test {
namespace {

using Elementwise = OnEachDevice;
FNO_ON_EACH_DEVICE(Elementwise);

struct Function {
  const char* name;
  UnaryOp op;
  double (*reference)(double);
  double low, high;  // where it is smooth
};

const std::vector<Function> kFunctions{
    {"gelu", UnaryOp::gelu, [](double x) { return x * 0.5 * std::erfc(-x / std::sqrt(2.0)); }, -4, 4},
    {"silu", UnaryOp::silu, [](double x) { return x / (1 + std::exp(-x)); }, -4, 4},
    {"relu", UnaryOp::relu, [](double x) { return x > 0 ? x : 0; }, 0.1, 3},
    {"relu below", UnaryOp::relu, [](double x) { return x > 0 ? x : 0; }, -3, 3},
    {"sigmoid", UnaryOp::sigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }, -4, 4},
    {"tanh", UnaryOp::tanh, [](double x) { return std::tanh(x); }, -3, 3},
    {"square", UnaryOp::square, [](double x) { return x * x; }, -3, 3},
    {"sqrt", UnaryOp::sqrt, [](double x) { return std::sqrt(x); }, 0.5, 3},
    {"abs", UnaryOp::abs, [](double x) { return std::fabs(x); }, 0.1, 3},
    {"log1p", UnaryOp::log1p, [](double x) { return std::log1p(x); }, 0.1, 3},
    {"sin", UnaryOp::sin, [](double x) { return std::sin(x); }, -7, 7},
    {"cos", UnaryOp::cos, [](double x) { return std::cos(x); }, -7, 7}};

TEST_P(Elementwise, GoldenGelu) {
  const GoldenFile golden("gelu");
  for (const std::string& name : tested_cases("gelu"))
    for (const Dtype real : {Dtype::float32, Dtype::float64}) {
      SCOPED_TRACE(testing::Message() << name << " in " << real);
      const double absolute = real == Dtype::float64 ? 1e-14 : 5e-7, relative = real == Dtype::float64 ? 1e-14 : 1e-6;
      const Var x = Var::leaf(golden.tensor(name, "x", real, device));
      const Var y = gelu(x);
      EXPECT_TRUE(near_mixed(host_values(y.value()), golden.get(name, "y").values, absolute, relative));
      backward(y, Tensor::full(y.shape(), real, device, 1));
      EXPECT_TRUE(near_mixed(host_values(x.grad()), golden.get(name, "grad_x").values, absolute, relative));
    }
}

TEST_P(Elementwise, FunctionsEqualTheStandardLibrary) {
  Random random(51);
  for (const Function& f : kFunctions)
    for (const Dtype real : {Dtype::float32, Dtype::float64})
      for (const std::int64_t n : {1, 2, 7, 16, 1031}) {
        SCOPED_TRACE(testing::Message() << f.name << " of " << n << " in " << real);
        const Tensor x = uniform_tensor(random, {n}, f.low, f.high, real, device);
        std::vector<double> expected;
        for (const double v : host_values(x)) expected.push_back(f.reference(v));
        const double allowed = real == Dtype::float64 ? 1e-14 : 1e-6;
        EXPECT_TRUE(near_mixed(host_values(apply(f.op, Var(x)).value()), expected, allowed, allowed));
      }
}

TEST_P(Elementwise, FarArgumentsSaturateInsteadOfOverflowing) {
  for (const Dtype real : {Dtype::float32, Dtype::float64}) {
    const Var x(tensor_of({-1e4, -700, -100, 100, 700, 1e4}, {6}, real, device));
    const double allowed = 1e-30;
    EXPECT_TRUE(near_mixed(host_values(sigmoid(x).value()), {0, 0, 0, 1, 1, 1}, allowed, 0));
    EXPECT_TRUE(near_mixed(host_values(silu(x).value()), {0, 0, 0, 100, 700, 1e4}, allowed, 1e-6));
    EXPECT_TRUE(near_mixed(host_values(gelu(x).value()), {0, 0, 0, 100, 700, 1e4}, allowed, 1e-6));
    EXPECT_TRUE(near_mixed(host_values(tanh(x).value()), {-1, -1, -1, 1, 1, 1}, allowed, 0));
  }
}

// A diverged network must be seen in its loss, so no function may turn NaN into a number.
TEST_P(Elementwise, NanStaysNan) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const Function& f : kFunctions)
    for (const Dtype real : {Dtype::float32, Dtype::float64}) {
      const Tensor x = tensor_of({nan, 1, nan}, {3}, real, device);
      const std::vector<double> y = host_values(apply(f.op, Var(x)).value());
      EXPECT_TRUE(std::isnan(y[0]) && !std::isnan(y[1]) && std::isnan(y[2])) << f.name << " in " << real;
    }
}

TEST_P(Elementwise, DefinedDerivativesAtTheEdges) {
  const auto slope = [&](UnaryOp op, std::vector<double> at) {
    const Shape shape{static_cast<std::int64_t>(at.size())};
    const Var x = Var::leaf(tensor_of(at, shape, Dtype::float64, device));
    const Var y = apply(op, x);
    backward(y, Tensor::full(shape, Dtype::float64, device, 1));
    return host_values(x.grad());
  };
  EXPECT_EQ(slope(UnaryOp::relu, {-1, 0, 2}), (std::vector<double>{0, 0, 1}));
  EXPECT_EQ(slope(UnaryOp::abs, {-1, 0, 2}), (std::vector<double>{-1, 0, 1}));
  EXPECT_EQ(slope(UnaryOp::sqrt, {-1, 0, 4}), (std::vector<double>{0, 0, 0.25}));
  EXPECT_EQ(slope(UnaryOp::log1p, {-1, 0, 3}), (std::vector<double>{0, 0, 0.25}));
}

TEST_P(Elementwise, GradientsOfFunctions) {
  Random random(52);
  for (const Function& f : kFunctions) {
    if (std::string(f.name) == "relu below") continue;
    for (const std::int64_t n : {1, 2, 7, 16, 1031}) {
      SCOPED_TRACE(testing::Message() << f.name << " of " << n);
      const double margin = 0.02;  // keeps the differences inside the smooth range
      const Tensor x = uniform_tensor(random, {n}, f.low + margin, f.high, Dtype::float64, device);
      EXPECT_TRUE(gradient_matches([&](const std::vector<Var>& v) { return apply(f.op, v[0]); }, {x}, random));
      const Tensor r = normal_tensor(random, {n}, Dtype::float64, device);
      EXPECT_TRUE(gradient_matches([&](const std::vector<Var>& v) { return apply_residual(f.op, v[0], v[1]); }, {x, r},
                                   random));
      EXPECT_TRUE(near_scaled(host_values(apply_residual(f.op, Var(x), Var(r)).value()),
                              host_values((apply(f.op, Var(x)) + Var(r)).value()), 1e-15));
    }
  }
}

const std::vector<std::pair<Shape, Shape>> kPairs{{{}, {}},
                                                  {{1}, {1}},
                                                  {{7}, {7}},
                                                  {{3, 1}, {1, 4}},
                                                  {{2, 3, 4}, {4}},
                                                  {{4}, {2, 3, 4}},
                                                  {{}, {5}},
                                                  {{2, 2}, {1}},
                                                  {{2, 1, 3, 1}, {5, 1, 7}},
                                                  {{2, 3, 5, 4}, {3, 1, 1}},
                                                  {{2, 3, 1, 1}, {2, 3, 5, 4}},
                                                  {{2, 1, 2, 1, 2, 1}, {1, 3, 1, 2, 1, 2}}};

// The value of a repeated operand at each point of the result, found by counting indices up.
std::vector<double> repeated(const std::vector<double>& values, const Shape& shape, const Shape& result) {
  std::vector<double> out;
  std::vector<std::int64_t> index(static_cast<std::size_t>(result.rank()), 0);
  for (std::int64_t i = 0; i < result.size(); ++i) {
    std::int64_t at = 0;
    for (int axis = 0; axis < shape.rank(); ++axis)
      at = at * shape[axis] +
           (shape[axis] == 1 ? 0 : index[static_cast<std::size_t>(axis + result.rank() - shape.rank())]);
    out.push_back(values[static_cast<std::size_t>(at)]);
    for (int axis = result.rank() - 1; axis >= 0 && ++index[static_cast<std::size_t>(axis)] == result[axis]; --axis)
      index[static_cast<std::size_t>(axis)] = 0;
  }
  return out;
}

TEST_P(Elementwise, ArithmeticBroadcastsLikeNumPy) {
  Random random(53);
  for (const auto& [a_shape, b_shape] : kPairs)
    for (const Dtype real : {Dtype::float32, Dtype::float64}) {
      SCOPED_TRACE(testing::Message() << a_shape << " with " << b_shape << " in " << real);
      Shape result = a_shape.rank() > b_shape.rank() ? a_shape : b_shape;
      for (const Shape& s : {a_shape, b_shape})
        for (int axis = 1; axis <= s.rank(); ++axis)
          result[result.rank() - axis] = std::max(result[result.rank() - axis], s[s.rank() - axis]);
      const Tensor a = uniform_tensor(random, a_shape, 0.5, 2, real, device);
      const Tensor b = uniform_tensor(random, b_shape, 0.5, 2, real, device);
      const auto av = repeated(host_values(a), a_shape, result), bv = repeated(host_values(b), b_shape, result);
      for (const BinaryOp op : {BinaryOp::add, BinaryOp::subtract, BinaryOp::multiply, BinaryOp::divide}) {
        std::vector<double> expected;
        for (std::size_t i = 0; i < av.size(); ++i)
          expected.push_back(op == BinaryOp::add        ? av[i] + bv[i]
                             : op == BinaryOp::subtract ? av[i] - bv[i]
                             : op == BinaryOp::multiply ? av[i] * bv[i]
                                                        : av[i] / bv[i]);
        const Var y = binary(op, Var(a), Var(b));
        EXPECT_EQ(y.shape(), result);
        EXPECT_TRUE(near_scaled(host_values(y.value()), expected, real == Dtype::float64 ? 1e-15 : 2e-7));
        if (real == Dtype::float64) {
          EXPECT_TRUE(
              gradient_matches([op](const std::vector<Var>& v) { return binary(op, v[0], v[1]); }, {a, b}, random));
        }
      }
    }
}

TEST_P(Elementwise, SumsAndMeansAndTheirAdjoints) {
  Random random(54);
  struct Case {
    Shape shape;
    std::vector<int> axes;
    Shape result, kept;
  };
  const std::vector<Case> cases{{{5}, {}, {}, {1}},
                                {{1, 1}, {0}, {1}, {1, 1}},
                                {{3, 4}, {}, {}, {1, 1}},
                                {{3, 4}, {1}, {3}, {3, 1}},
                                {{3, 4}, {-2}, {4}, {1, 4}},
                                {{2, 3, 5, 7}, {0, 2, 3}, {3}, {1, 3, 1, 1}},
                                {{2, 3, 5, 7}, {1, -1}, {2, 5}, {2, 1, 5, 1}},
                                {{2, 3, 5, 7}, {1}, {2, 5, 7}, {2, 1, 5, 7}},
                                {{3, 20011}, {-1}, {3}, {3, 1}}};
  for (const Case& c : cases)
    for (const Dtype real : {Dtype::float32, Dtype::float64}) {
      SCOPED_TRACE(testing::Message() << c.shape << " over " << testing::PrintToString(c.axes) << " in " << real);
      const Tensor x = normal_tensor(random, c.shape, real, device);
      std::vector<double> expected(static_cast<std::size_t>(c.kept.size()), 0);
      std::vector<double> place(expected.size());
      for (std::size_t i = 0; i < place.size(); ++i) place[i] = static_cast<double>(i);
      const std::vector<double> where = repeated(place, c.kept, c.shape), values = host_values(x);
      for (std::size_t i = 0; i < values.size(); ++i) expected[static_cast<std::size_t>(where[i])] += values[i];
      const Var total = sum(Var(x), c.axes), average = mean(Var(x), c.axes, true);
      EXPECT_EQ(total.shape(), c.result);
      EXPECT_EQ(average.shape(), c.kept);
      EXPECT_TRUE(near_scaled(host_values(total.value()), expected, kOutput.of(real)));
      for (double& e : expected) e *= static_cast<double>(c.kept.size()) / static_cast<double>(c.shape.size());
      EXPECT_TRUE(near_scaled(host_values(average.value()), expected, kOutput.of(real)));
      for (const bool keep : {false, true}) {
        EXPECT_TRUE(adjoint_holds([&](const Var& v) { return sum(v, c.axes, keep); }, x, random));
        EXPECT_TRUE(adjoint_holds([&](const Var& v) { return mean(v, c.axes, keep); }, x, random));
      }
    }
}

TEST_P(Elementwise, Affine) {
  Random random(55);
  for (const Dtype type : {Dtype::float32, Dtype::float64, Dtype::complex64, Dtype::complex128})
    EXPECT_TRUE(adjoint_holds([](const Var& v) { return affine(v, -2.5); }, normal_tensor(random, {3, 7}, type, device),
                              random));
  const Var x(tensor_of({1, 2}, {2}, Dtype::float64, device));
  EXPECT_EQ(host_values(affine(x, 3, -1).value()), (std::vector<double>{2, 5}));
}

TEST_P(Elementwise, ErrorsSayWhatIsNeeded) {
  const auto zeros = [&](const Shape& shape, Dtype type) { return Var(Tensor::zeros(shape, type, device)); };
  const Var a = zeros({2, 3}, Dtype::float32), complex = zeros({2, 3}, Dtype::complex64);
  const auto kind = ErrorKind::config;
  EXPECT_TRUE(throws_error(kind, "shapes (2, 3) and (4) do not fit", [&] { (void)(a + zeros({4}, Dtype::float32)); }));
  EXPECT_TRUE(throws_error(kind, "types differ", [&] { (void)(a * zeros({2, 3}, Dtype::float64)); }));
  EXPECT_TRUE(throws_error(kind, "a real tensor is needed", [&] { (void)gelu(complex); }));
  EXPECT_TRUE(throws_error(kind, "a real tensor is needed", [&] { (void)sum(complex); }));
  EXPECT_TRUE(throws_error(kind, "sum: axis 2 of a tensor with 2 axes", [&] { (void)sum(a, {2}); }));
  EXPECT_TRUE(throws_error(kind, "residual: shapes differ", [&] {
    (void)apply_residual(UnaryOp::gelu, a, zeros({3, 2}, Dtype::float32));
  }));
}

}  // namespace
}  // namespace fno::test
