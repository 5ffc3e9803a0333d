#include "framework/ops/complex.h"

#include <complex>

#include "framework/ops/elementwise.h"
#include "framework/ops/shape.h"
#include "tests/support/adjoint.h"
#include "tests/support/expect_error.h"
#include "tests/support/gradcheck.h"
#include "tests/support/near.h"
#include "tests/support/on_each_device.h"
#include "tests/support/random_tensors.h"

namespace fno::test {
namespace {

using ComplexOps = OnEachDevice;
FNO_ON_EACH_DEVICE(ComplexOps);

using Number = std::complex<double>;
using Values = std::vector<double>;

std::vector<Number> numbers(const Var& x) {
  const Values pairs = host_values(x.value());
  std::vector<Number> values;
  for (std::size_t i = 0; i < pairs.size(); i += 2) values.emplace_back(pairs[i], pairs[i + 1]);
  return values;
}

Values pairs(const std::vector<Number>& values) {
  Values result;
  for (const Number& value : values) {
    result.push_back(value.real());
    result.push_back(value.imag());
  }
  return result;
}

// Two shapes and what they broadcast to; row-major, so that an oracle can walk them.
struct Case {
  Shape a, b, result;
};
const std::vector<Case> kCases{{{}, {}, {}},
                               {{7}, {7}, {7}},
                               {{2, 3, 5, 4}, {5, 4}, {2, 3, 5, 4}},
                               {{3, 1}, {2, 1, 4}, {2, 3, 4}},
                               {{1}, {2, 3}, {2, 3}}};

std::size_t source(std::int64_t index, const Shape& result, const Shape& shape) {
  std::int64_t at = 0, step = 1;
  for (int axis = result.rank() - 1; axis >= 0; index /= result[axis--]) {
    const int own = axis - result.rank() + shape.rank();
    if (own < 0 || shape[own] == 1) continue;
    at += index % result[axis] * step;
    step *= shape[own];
  }
  return static_cast<std::size_t>(at);
}

TEST_P(ComplexOps, ArithmeticIsThatOfStdComplex) {
  Random random(31);
  for (const Case& c : kCases)
    for (const Dtype type : {Dtype::complex64, Dtype::complex128}) {
      SCOPED_TRACE(testing::Message() << c.a << " and " << c.b << " in " << type);
      const Var a(normal_tensor(random, c.a, type, device)), b(normal_tensor(random, c.b, type, device));
      const std::vector<Number> av = numbers(a), bv = numbers(b);
      const auto expect = [&](const Var& y, const std::function<Number(Number, Number)>& f) {
        EXPECT_EQ(y.shape(), c.result);
        std::vector<Number> oracle;
        for (std::int64_t i = 0; i < c.result.size(); ++i)
          oracle.push_back(f(av[source(i, c.result, c.a)], bv[source(i, c.result, c.b)]));
        EXPECT_TRUE(near_scaled(host_values(y.value()), pairs(oracle), kOutput.of(type)));
      };
      expect(a + b, [](Number x, Number y) { return x + y; });
      expect(a - b, [](Number x, Number y) { return x - y; });
      expect(a * b, [](Number x, Number y) { return x * y; });
      expect(complex_product(a, b, Conjugate::yes, 2.5), [](Number x, Number y) { return 2.5 * x * std::conj(y); });
    }
}

TEST_P(ComplexOps, PartsByHand) {
  const Var x = complex(Var(tensor_of({3, 0, -5}, {3}, Dtype::float32, device)),
                        Var(tensor_of({4, 2, 12}, {3}, Dtype::float32, device)));
  EXPECT_EQ(x.dtype(), Dtype::complex64);
  EXPECT_EQ(host_values(x.value()), (Values{3, 4, 0, 2, -5, 12}));
  EXPECT_EQ(host_values(real(x).value()), (Values{3, 0, -5}));
  EXPECT_EQ(host_values(imag(x).value()), (Values{4, 2, 12}));
  EXPECT_EQ(host_values(conj(x).value()), (Values{3, -4, 0, -2, -5, -12}));
  EXPECT_EQ(host_values(modulus(x).value()), (Values{5, 2, 13}));
  EXPECT_EQ(host_values(affine(x, -2).value()), (Values{-6, -8, 0, -4, 10, -24}));
  EXPECT_EQ(as_real(x).shape(), (Shape{3, 2}));
  EXPECT_EQ(host_values(as_complex(as_real(x)).value()), host_values(x.value()));
}

TEST_P(ComplexOps, LinearOnesHaveTheirAdjoint) {
  Random random(32);
  for (const Shape& shape : {Shape{}, Shape{7}, Shape{2, 3, 5, 4}})
    for (const Dtype type : {Dtype::complex64, Dtype::complex128}) {
      SCOPED_TRACE(testing::Message() << shape << " in " << type);
      const auto check = [&](const std::function<Var(const Var&)>& op) {
        EXPECT_TRUE(adjoint_holds(op, normal_tensor(random, shape, type, device), random));
      };
      check(as_real);
      check(real);
      check(imag);
      check(conj);
      check([](const Var& v) { return affine(v, -0.7); });
      const Var other(normal_tensor(random, shape, type, device));
      for (const Conjugate conjugate : {Conjugate::no, Conjugate::yes}) {
        check([&](const Var& v) { return complex_product(v, other, conjugate, 0.7); });
        check([&](const Var& v) { return complex_product(other, v, conjugate, 0.7); });
      }
      const Var part = Var(normal_tensor(random, shape, real_of(type), device));
      EXPECT_TRUE(adjoint_holds([](const Var& v) { return complex(v, affine(v, 3)); }, part.value(), random));
    }
}

TEST_P(ComplexOps, GradientsAgreeWithDifferences) {
  Random random(33);
  for (const Case& c : kCases) {
    SCOPED_TRACE(testing::Message() << c.a << " and " << c.b);
    const std::vector<Tensor> inputs{normal_tensor(random, c.a, Dtype::complex128, device),
                                     normal_tensor(random, c.b, Dtype::complex128, device)};
    for (const BinaryOp op : {BinaryOp::add, BinaryOp::subtract, BinaryOp::multiply})
      EXPECT_TRUE(gradient_matches([&](const std::vector<Var>& v) { return binary(op, v[0], v[1]); }, inputs, random));
    EXPECT_TRUE(gradient_matches(
        [](const std::vector<Var>& v) { return complex_product(v[0], v[1], Conjugate::yes, 1.5); }, inputs, random));
    // Away from 0, where the modulus has a corner.
    const Tensor far = complex(Var(uniform_tensor(random, c.a, 1, 2, Dtype::float64, device)),
                               Var(uniform_tensor(random, c.a, -2, 2, Dtype::float64, device)))
                           .value();
    EXPECT_TRUE(gradient_matches([](const std::vector<Var>& v) { return modulus(v[0]); }, {far}, random));
  }
}

TEST_P(ComplexOps, ModulusOfNothingHasNoDirection) {
  for (const Dtype type : {Dtype::complex64, Dtype::complex128}) {
    const Var x = Var::leaf(Tensor::zeros({3}, type, device)), y = modulus(x);
    EXPECT_EQ(host_values(y.value()), Values(3, 0));
    backward(y, Tensor::full({3}, real_of(type), device, 1));
    EXPECT_EQ(host_values(x.grad()), Values(6, 0));
  }
}

TEST_P(ComplexOps, NanShows) {
  const Var x = Var::leaf(tensor_of({std::nan(""), 1, 1, std::nan("")}, {2, 2}, Dtype::float32, device).as_complex());
  const Var y = modulus(x * x);
  for (const double value : host_values(y.value())) EXPECT_TRUE(std::isnan(value));
  backward(y, Tensor::full({2}, Dtype::float32, device, 1));
  for (const double value : host_values(x.grad())) EXPECT_TRUE(std::isnan(value));
}

TEST_P(ComplexOps, ErrorsSayWhatIsNeeded) {
  const Var z(Tensor::zeros({2}, Dtype::complex64, device)), x(Tensor::zeros({2}, Dtype::float32, device));
  const auto refused = [](const char* text, const std::function<Var()>& f) {
    return throws_error(ErrorKind::config, text, [&] { (void)f(); });
  };
  EXPECT_TRUE(refused("real: a complex tensor is needed", [&] { return real(x); }));
  EXPECT_TRUE(refused("modulus: a complex tensor is needed", [&] { return modulus(x); }));
  EXPECT_TRUE(refused("complex product: a complex tensor", [&] { return complex_product(x, x); }));
  EXPECT_TRUE(refused("arithmetic: types differ", [&] { return z * x; }));
  EXPECT_TRUE(refused("have no division", [&] { return z / z; }));
  EXPECT_TRUE(refused("nothing is added to a complex tensor", [&] { return affine(z, 1, 1); }));
  EXPECT_TRUE(
      refused("complex: shapes differ", [&] { return complex(x, Var(Tensor::zeros({3}, x.dtype(), device))); }));
  EXPECT_TRUE(refused("as_real: the tensor is float32", [&] { return as_real(x); }));
}

}  // namespace
}  // namespace fno::test
