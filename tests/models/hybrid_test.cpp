#include "models/hybrid.h"

#include <gtest/gtest.h>

#include "framework/cpu/device.h"
#include "framework/ops/loss.h"
#include "models/network.h"
#include "tests/support/expect_error.h"
#include "tests/support/random_tensors.h"

namespace fno {
using test::throws_error;
namespace {

struct CountCase {
  const char* name;
  bool stable;
  int blocks, cap;  // cap 0: none
  ModeConvention spectral;
  StableForm form;
  std::int64_t logged, real;  // 0: not stated
};

// Oracle: Stage A specification, section 4.11, which adds none of the wrapper's two scalars.
class ParameterCounts : public testing::TestWithParam<CountCase> {};

TEST_P(ParameterCounts, EqualTheSpecification) {
  const CountCase& c = GetParam();
  NetworkConfig config{.architecture = c.stable ? "stable_hybrid" : "hybrid",
                       .blocks = c.blocks,
                       .spectral = c.spectral,
                       .stable_form = c.form};
  if (c.cap) config.max_hidden_channels = c.cap;
  const ParameterCount count = count_parameters(config);
  EXPECT_EQ(count.logged, c.logged);
  if (c.real) {
    EXPECT_EQ(count.real, c.real);
  }
}

constexpr auto kCorner = ModeConvention::corner;
constexpr auto kScale = StableForm::layerscale;
INSTANTIATE_TEST_SUITE_P(
    StageA, ParameterCounts,
    testing::Values(CountCase{"hybrid_4", false, 4, 0, kCorner, kScale, 17202402, 32095458},
                    CountCase{"hybrid_4_cap_256", false, 4, 256, kCorner, kScale, 17202402, 32095458},
                    CountCase{"stable_zero_gamma_4", true, 4, 0, kCorner, StableForm::zero_gamma, 17203874, 32096930},
                    CountCase{"stable_layerscale_4", true, 4, 0, kCorner, kScale, 17204610, 32097666},
                    CountCase{"hybrid_4_centered", false, 4, 0, ModeConvention::centered, kScale, 11194306, 0},
                    CountCase{"hybrid_5", false, 5, 0, kCorner, kScale, 68977890, 128697570},
                    CountCase{"hybrid_5_cap_512", false, 5, 512, kCorner, kScale, 68977890, 128697570},
                    CountCase{"hybrid_6", false, 6, 0, kCorner, kScale, 276075746, 515101922},
                    CountCase{"hybrid_6_cap_512", false, 6, 512, kCorner, kScale, 118263522, 215731938},
                    CountCase{"hybrid_7", false, 7, 0, kCorner, kScale, 1104458978, 0},
                    CountCase{"hybrid_7_cap_512", false, 7, 512, kCorner, kScale, 167549154, 302766306}),
    [](const auto& param_info) { return param_info.param.name; });

TEST(Hybrid, DepthThatDoesNotFitIsRefused) {
  EXPECT_TRUE(throws_error(ErrorKind::config, "fno-blocks",
                           [] { (void)count_parameters(NetworkConfig{.architecture = "hybrid", .blocks = 8}); }));
  EXPECT_TRUE(throws_error(ErrorKind::config, "InstanceNorm", [] {
    (void)count_parameters(NetworkConfig{.architecture = "stable_hybrid", .blocks = 7});
  }));
}

class HybridArms : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(Forms, HybridArms, testing::Bool());

TEST_P(HybridArms, MapAPatchToRealAndImaginaryPartsAndEveryParameterGetsAGradient) {
  const Device device = cpu_device(1);
  ParameterStore store(device, 3);
  const HybridModel model(
      store,
      {.architecture = GetParam() ? "stable_hybrid" : "hybrid", .points = 32, .width = 4, .modes = 6, .blocks = 3});
  const Var x(Tensor::full(Shape{2, 1, 32, 32}, Dtype::float32, device, 0.5));
  const Var y = model.forward(x);
  EXPECT_EQ(y.shape(), (Shape{2, 2, 32, 32}));
  backward(mae(y, Var(Tensor::zeros(y.shape(), y.dtype(), device))));
  for (const Parameter& p : store.parameters()) EXPECT_TRUE(p.var.has_grad()) << p.name;
}

TEST(Hybrid, TheCapBoundsEveryLevel) {
  for (const int width : HybridModel::channels({.points = 512, .blocks = 8, .max_hidden_channels = 512}))
    EXPECT_LE(width, 512);
}

TEST(ParameterStore, TheSameSeedGivesTheSameWeightsWhateverElseTheModelHolds) {
  const Device one = cpu_device(1), two = cpu_device(2);
  ParameterStore a(one, 7), b(two, 7), other(one, 8);
  const HybridModel small(a, {.points = 32, .width = 4, .modes = 4, .blocks = 2});
  const HybridModel large(b, {.points = 32, .width = 4, .modes = 4, .blocks = 3});
  const HybridModel reseeded(other, {.points = 32, .width = 4, .modes = 4, .blocks = 2});
  const auto values = [](const ParameterStore& s, std::size_t i) {
    return s.parameters()[i].var.value().to_host<float>();
  };
  EXPECT_EQ(a.parameters()[0].name, "lifter.conv1.weight");
  EXPECT_EQ(values(a, 0), values(b, 0));
  EXPECT_NE(values(a, 0), values(other, 0));
}

}  // namespace
}  // namespace fno
