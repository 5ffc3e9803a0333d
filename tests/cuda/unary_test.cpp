#include <cmath>
#include <functional>
#include <limits>

#include "tests/cuda/parity.h"

namespace fno::cuda_test {
namespace {

double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }
double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

struct Function {
  const char* name;
  UnaryOp op;
  double (*value)(double);
  double first, last;  // range of arguments
};

// Oracle: the C library in double.
const Function kFunctions[] = {
    {"gelu", UnaryOp::gelu, [](double x) { return x * normal_cdf(x); }, -6, 6},
    {"silu", UnaryOp::silu, [](double x) { return x * sigmoid(x); }, -20, 20},
    {"relu", UnaryOp::relu, [](double x) { return std::fmax(x, 0); }, -3, 3},
    {"sigmoid", UnaryOp::sigmoid, sigmoid, -20, 20},
    {"tanh", UnaryOp::tanh, [](double x) { return std::tanh(x); }, -4, 4},
    {"square", UnaryOp::square, [](double x) { return x * x; }, -3, 3},
    {"sqrt", UnaryOp::sqrt, [](double x) { return std::sqrt(std::fmax(x, 0)); }, -1, 9},
    {"abs", UnaryOp::abs, [](double x) { return std::fabs(x); }, -3, 3},
    {"log1p", UnaryOp::log1p, [](double x) { return std::log1p(std::fmax(x, 0)); }, -1, 9},
    {"sin", UnaryOp::sin, [](double x) { return std::sin(x); }, -7, 7},
    {"cos", UnaryOp::cos, [](double x) { return std::cos(x); }, -7, 7},
};

template <class T>
std::vector<T> arguments(const Function& f, std::int64_t n) {
  std::vector<T> x = noise<T>(static_cast<std::size_t>(n), 3);
  for (T& v : x) v = static_cast<T>(f.first + (f.last - f.first) * (0.5 + 0.5 * static_cast<double>(v)));
  return x;
}

// One thread, and ragged blocks, more than the few that some runs allow; once more than any grid covers in one go.
std::vector<std::int64_t> sizes(const Function& f) {
  if (slow_build()) return {261};
  if (f.op == UnaryOp::gelu) return {1, 255, 256, 9001};
  return {1, 530};
}

template <class T>
void values_are_near() {
  for (const Function& f : kFunctions)
    for (const std::int64_t n : sizes(f))
      for (const bool with_residual : {false, true}) {
        const auto x_values = arguments<T>(f, n), residual = noise<T>(static_cast<std::size_t>(n), 4);
        std::vector<double> oracle;
        for (std::size_t i = 0; i < x_values.size(); ++i)
          oracle.push_back(f.value(x_values[i]) + (with_residual ? residual[i] : 0));
        expect_parity<T>(
            std::string(f.name) + " of " + std::to_string(n) + (with_residual ? " with residual" : ""),
            [&](auto& place) {
              auto x = place.array(x_values), r = place.array(residual);
              auto y = place.template room<T>(x_values.size());
              place.run(Unary<T>{f.op, x.data(), with_residual ? r.data() : nullptr, y.data(), n});
              return y.to_host();
            },
            oracle);
      }
}
TEST(CudaUnary, ValuesInFloat) { values_are_near<float>(); }
TEST(CudaUnary, ValuesInDouble) { values_are_near<double>(); }

template <class T>
void derivatives_are_near() {
  for (const Function& f : kFunctions) {
    for (const std::int64_t n : sizes(f)) {
      const auto x_values = arguments<T>(f, n), slopes = noise<T>(static_cast<std::size_t>(n), 5);
      expect_parity<T>(std::string(f.name) + "' of " + std::to_string(n), [&](auto& place) {
        auto x = place.array(x_values), dy = place.array(slopes);
        place.run(UnaryBackward<T>{f.op, x.data(), dy.data(), dy.data(), n});  // in place
        return dy.to_host();
      });
    }
  }
}
TEST(CudaUnary, DerivativesInFloat) { derivatives_are_near<float>(); }
TEST(CudaUnary, DerivativesInDouble) { derivatives_are_near<double>(); }

// Oracle: central differences of the C library's functions, in double.
TEST(CudaUnary, DerivativesAreSlopes) {
  OnCuda device;
  for (const Function& f : kFunctions) {
    const auto x_values = arguments<double>(f, 50);
    auto x = device.array(x_values), dx = device.array(std::vector<double>(50, 1.0));
    device.run(UnaryBackward<double>{f.op, x.data(), dx.data(), dx.data(), 50});
    const std::vector<double> got = dx.to_host();
    for (std::size_t i = 0; i < 50; ++i) {
      const double h = 1e-6, slope = (f.value(x_values[i] + h) - f.value(x_values[i] - h)) / (2 * h);
      EXPECT_NEAR(got[i], slope, 1e-6 * (1 + std::fabs(slope))) << f.name << " at " << x_values[i];
    }
  }
}

// Oracle: the contract, "NaN gives NaN in every one".
TEST(CudaUnary, NaNStaysNaN) {
  OnCuda device;
  for (const Function& f : kFunctions) {
    auto x = device.array(std::vector<float>(3, std::numeric_limits<float>::quiet_NaN()));
    auto y = device.array(std::vector<float>(3, 0.0f));
    device.run(Unary<float>{f.op, x.data(), nullptr, y.data(), 3});
    for (const float v : y.to_host()) EXPECT_TRUE(std::isnan(v)) << f.name;
  }
}

TEST(CudaUnary, KinksAndFarTails) {
  OnCuda device;
  const auto value = [&](UnaryOp op, float at) {
    auto x = device.array(std::vector<float>{at}), y = device.template room<float>(1);
    device.run(Unary<float>{op, x.data(), nullptr, y.data(), 1});
    return y.to_host()[0];
  };
  const auto slope = [&](UnaryOp op, float at) {
    auto x = device.array(std::vector<float>{at}), dx = device.array(std::vector<float>{1});
    device.run(UnaryBackward<float>{op, x.data(), dx.data(), dx.data(), 1});
    return dx.to_host()[0];
  };
  for (const UnaryOp op : {UnaryOp::relu, UnaryOp::abs, UnaryOp::sqrt, UnaryOp::log1p}) EXPECT_EQ(slope(op, 0), 0);
  EXPECT_EQ(slope(UnaryOp::sqrt, -1), 0);
  EXPECT_EQ(value(UnaryOp::sqrt, -4), 0);
  EXPECT_NEAR(value(UnaryOp::sigmoid, -1000), 0, 1e-30);
  EXPECT_EQ(value(UnaryOp::sigmoid, 1000), 1);
  EXPECT_NEAR(value(UnaryOp::silu, -1000), 0, 1e-30);
  EXPECT_EQ(value(UnaryOp::gelu, 100), 100);
  EXPECT_NEAR(value(UnaryOp::gelu, -100), 0, 1e-30);
}

TEST(CudaUnary, NothingIsNoLaunch) {
  OnCuda device;
  device.run(Unary<float>{UnaryOp::gelu, nullptr, nullptr, nullptr, 0});
}

}  // namespace
}  // namespace fno::cuda_test
