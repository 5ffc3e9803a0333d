#include "models/operator_model.h"

#include <cmath>
#include <gtest/gtest.h>
#include <numbers>

#include "framework/cpu/device.h"
#include "framework/ops/loss.h"
#include "tests/support/expect_error.h"

namespace fno {
using test::throws_error;
namespace {

TEST(OperatorModel, ParameterCountOfTheReferenceNetwork) {
  EXPECT_EQ(count_parameters(NetworkConfig{.modes = 8, .spectral = ModeConvention::classic}).real, 1057281);
}

struct Dims {
  const char* architecture;
  int dims;
};
class Operators : public testing::TestWithParam<Dims> {};
INSTANTIATE_TEST_SUITE_P(All, Operators,
                         testing::Values(Dims{"fno_operator", 1}, Dims{"fno_operator", 2}, Dims{"fno_operator", 3},
                                         Dims{"stable_fno", 1}, Dims{"stable_fno", 2}, Dims{"stable_fno", 3}),
                         [](const auto& param_info) {
                           return std::string(param_info.param.architecture) + "_" +
                                  std::to_string(param_info.param.dims) + "d";
                         });

// Values of a band-limited field at the points i/n of an odd-shaped grid.
Tensor wave(int dims, int n, const Device& device) {
  Shape shape{1, 1};
  for (int axis = 0; axis < dims; ++axis) shape.push_back(n);
  std::vector<float> values(static_cast<std::size_t>(shape.size()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    double phase = 0.3;
    std::size_t rest = i;
    for (int axis = 0; axis < dims; ++axis, rest /= static_cast<std::size_t>(n))
      phase += 2 * std::numbers::pi * static_cast<double>(rest % static_cast<std::size_t>(n)) / n;
    values[i] = static_cast<float>(std::sin(phase));
  }
  return Tensor::from(values, shape, device);
}

TEST_P(Operators, EveryParameterGetsAGradientOnAnyGrid) {
  const Device device = cpu_device(2);
  ParameterStore store(device, 0);
  const OperatorModel model(store, {.architecture = GetParam().architecture,
                                    .dims = GetParam().dims,
                                    .width = 6,
                                    .modes = 3,
                                    .blocks = 2,
                                    .projection = 8,
                                    .spectral = ModeConvention::classic,
                                    .padding = 0.25});
  for (const int n : {8, 13}) {
    const Var x(wave(GetParam().dims, n, device));
    const Var y = model.forward(x);
    EXPECT_EQ(y.shape(), x.shape());
    backward(relative_l2(y, x));
    for (const Parameter& p : store.parameters()) {
      EXPECT_TRUE(p.var.has_grad()) << p.name;
      p.var.zero_grad();
    }
  }
}

TEST(OperatorModel, TheSameWeightsMeanTheSameOperatorOnAFinerGrid) {
  // Without the pointwise non-linearity's aliasing the answer at shared points would be equal; with it, close. A model
  // whose coordinates were i/(n-1), or whose modes changed their meaning with n, is far off.
  const Device device = cpu_device(2);
  ParameterStore store(device, 5);
  const OperatorModel model(
      store, {.dims = 1, .width = 8, .modes = 4, .blocks = 3, .projection = 16, .spectral = ModeConvention::classic});
  const std::vector<float> coarse = model.forward(Var(wave(1, 32, device))).value().to_host<float>();
  const std::vector<float> fine = model.forward(Var(wave(1, 64, device))).value().to_host<float>();
  double error = 0, size = 0;
  for (std::size_t i = 0; i < coarse.size(); ++i) {
    error += std::pow(static_cast<double>(coarse[i] - fine[2 * i]), 2);
    size += std::pow(static_cast<double>(coarse[i]), 2);
  }
  EXPECT_LT(std::sqrt(error / size), 1e-3);
}

// How far the answers of the same weights on n and 2n-1 points, both ends among them, are apart at the points shared.
double change_on_finer_ends(double padding, bool grid_ends, double (*field)(double)) {
  const Device device = cpu_device(2);
  ParameterStore store(device, 5);
  const OperatorModel model(store, {.dims = 1,
                                    .width = 8,
                                    .modes = 4,
                                    .blocks = 3,
                                    .projection = 16,
                                    .spectral = ModeConvention::classic,
                                    .padding = padding,
                                    .grid_ends = grid_ends});
  const auto answer = [&](int n) {
    std::vector<float> x;
    for (int i = 0; i < n; ++i) x.push_back(static_cast<float>(field(static_cast<double>(i) / (n - 1))));
    return model.forward(Var(Tensor::from(x, Shape{1, 1, n}, device))).value().to_host<float>();
  };
  const std::vector<float> coarse = answer(33), fine = answer(65);
  double error = 0, size = 0;
  for (std::size_t i = 0; i < coarse.size(); ++i) {
    error += std::pow(static_cast<double>(coarse[i] - fine[2 * i]), 2);
    size += std::pow(static_cast<double>(coarse[i]), 2);
  }
  return std::sqrt(error / size);
}

TEST(OperatorModel, GridsWithBothEndsMeanTheSameOperatorOnAFinerOne) {
  const auto ramp = [](double x) { return std::exp(x); };
  EXPECT_LT(change_on_finer_ends(1, true, ramp), 0.2 * change_on_finer_ends(1, false, ramp));
  // Without padding the two ends of a periodic field are one point.
  const auto wave = [](double x) { return std::sin(2 * std::numbers::pi * x + 0.3); };
  EXPECT_LT(change_on_finer_ends(0, true, wave), 0.2 * change_on_finer_ends(0, false, wave));
}

TEST(OperatorModel, RefusesWhatItWasNotBuiltFor) {
  const Device device = cpu_device(1);
  ParameterStore store(device, 1);
  const OperatorModel model(
      store, {.dims = 2, .width = 4, .modes = 2, .blocks = 1, .projection = 4, .spectral = ModeConvention::classic});
  EXPECT_TRUE(throws_error(ErrorKind::config, "operator", [&] { (void)model.forward(Var(wave(1, 8, device))); }));
  EXPECT_TRUE(throws_error(ErrorKind::config, "fno_operator, stable_fno",
                           [] { (void)count_parameters(NetworkConfig{.architecture = "fno2"}); }));
}

}  // namespace
}  // namespace fno
