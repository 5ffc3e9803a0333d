#include <cmath>
#include <gtest/gtest.h>
#include <numbers>

#include "framework/cpu/device.h"
#include "framework/ops/loss.h"
#include "framework/tracing/device.h"
#include "models/hybrid.h"
#include "models/network.h"
#include "tests/support/expect_error.h"
#include "tests/support/near.h"
#include "tests/support/random_tensors.h"

namespace fno {
using test::host_values;
using test::throws_error;
namespace {

struct CountCase {
  const char* name;
  NetworkConfig config;
  std::int64_t logged, real;  // 0: not stated
};

NetworkConfig deep(const char* architecture, int blocks, int cap, int points = 64) {
  NetworkConfig c{.architecture = architecture, .points = points, .blocks = blocks};
  if (cap) c.max_hidden_channels = cap;
  return c;
}

std::vector<CountCase> count_cases() {
  NetworkConfig zero_gamma = deep("stable_hybrid", 4, 0), centered = deep("hybrid", 4, 0),
                wide = deep("hybrid_resnet", 4, 0), no_refiners = deep("ffno", 4, 0);
  zero_gamma.stable_form = StableForm::zero_gamma;
  centered.spectral = ModeConvention::centered;
  wide.resnet_width = 256;
  no_refiners.cnn_blocks = 0;
  return {{"hybrid_4", deep("hybrid", 4, 0), 17202402, 32095458},
          {"hybrid_4_cap_256", deep("hybrid", 4, 256), 17202402, 32095458},
          {"stable_hybrid_zero_gamma", zero_gamma, 17203874, 32096930},
          {"stable_hybrid", deep("stable_hybrid", 4, 0), 17204610, 32097666},
          {"hybrid_centered", centered, 11194306, 0},
          {"hybrid_5_cap_512", deep("hybrid", 5, 512), 68977890, 128697570},
          {"hybrid_6", deep("hybrid", 6, 0), 276075746, 515101922},
          {"hybrid_6_cap_512", deep("hybrid", 6, 512), 118263522, 215731938},
          {"hybrid_7", deep("hybrid", 7, 0), 1104458978, 0},
          {"hybrid_7_cap_512", deep("hybrid", 7, 512), 167549154, 302766306},
          {"hybrid_8", deep("hybrid", 8, 0, 128), 4417975522, 0},
          {"hybrid_8_cap_512", deep("hybrid", 8, 512, 128), 216834786, 389800674},
          {"fno", deep("fno", 4, 0), 656002, 1245826},
          {"fno_vanilla", deep("fno_vanilla", 4, 0), 636450, 1226274},
          {"ffno", deep("ffno", 4, 0), 88227, 112803},
          {"ffno_no_refiners", no_refiners, 51235, 75811},
          {"hybrid_resnet", deep("hybrid_resnet", 4, 0), 7786211, 13242083},
          {"hybrid_resnet_3", deep("hybrid_resnet", 3, 0), 5279331, 0},
          {"hybrid_resnet_6", deep("hybrid_resnet", 6, 0), 12799971, 0},
          {"hybrid_resnet_256", wide, 13624131, 0},
          {"cnn", deep("cnn", 4, 0), 2336308, 2336308}};
}

// Oracle: Stage A specification, section 4.11.
class GeneratorCounts : public testing::TestWithParam<CountCase> {};
TEST_P(GeneratorCounts, EqualTheSpecification) {
  const ParameterCount count = count_parameters(GetParam().config);
  EXPECT_EQ(count.logged, GetParam().logged);
  if (GetParam().real) {
    EXPECT_EQ(count.real, GetParam().real);
  }
}
INSTANTIATE_TEST_SUITE_P(StageA, GeneratorCounts, testing::ValuesIn(count_cases()),
                         [](const auto& param_info) { return param_info.param.name; });

TEST(Generator, RoundedCountsOfTheSpecification) {
  EXPECT_NEAR(static_cast<double>(count_parameters(deep("hybrid_resnet", 3, 0)).real), 8.376e6, 0.5e3);
  EXPECT_NEAR(static_cast<double>(count_parameters(deep("hybrid_resnet", 6, 0)).real), 22.97e6, 5e3);
  EXPECT_NEAR(static_cast<double>(count_parameters(deep("hybrid", 7, 0)).real), 2.061e9, 0.5e6);
  EXPECT_NEAR(static_cast<double>(count_parameters(deep("hybrid", 8, 0, 128)).real), 8.243e9, 0.5e6);
}

// Section 4.12.
TEST(Generator, NamesAreThoseOfTheOriginal) {
  ParameterStore store;
  (void)make_network(store, {.architecture = "stable_hybrid", .blocks = 2});
  std::vector<std::string> names;
  for (const Parameter& p : store.parameters()) names.push_back(p.name);
  const std::vector<std::string> block{".spectral.weights", ".local_conv.weight", ".local_conv.bias",
                                       ".norm.weight",      ".norm.bias",         ".layerscale"};
  std::vector<std::string> expected{"lifter.conv1.weight", "lifter.conv1.bias", "lifter.conv2.weight",
                                    "lifter.conv2.bias"};
  const auto add = [&](const std::string& prefix, const std::vector<std::string>& ends) {
    for (const std::string& end : ends) expected.push_back(prefix + end);
  };
  const std::vector<std::string> weights{".weight", ".bias"};
  add("encoder_blocks.0", block);
  add("downsample.0", weights);
  add("encoder_blocks.1", block);
  add("bottleneck", block);
  add("upsample.0", weights);
  add("decoder_blocks.0.0", weights);
  add("decoder_blocks.0.2", weights);
  add("output_proj", weights);
  EXPECT_EQ(names, expected);
}

struct Refusal {
  const char* name;
  const char* flag;      // the line starts with it
  const char* found;     // and says what was found
  const char* accepted;  // and what is accepted
  NetworkConfig config;
};

std::vector<Refusal> refusals() {
  const auto with = [](const char* architecture, const auto& change) {
    NetworkConfig c{.architecture = architecture};
    change(c);
    return c;
  };
  using C = NetworkConfig;
  return {
      {"architecture", "architecture: ", "found unet", "hybrid, stable_hybrid, fno, fno_vanilla, ffno, hybrid_resnet",
       with("unet", [](C&) {})},
      {"hybrid_8", "fno-blocks: ", "found 8", "1 to 7", deep("hybrid", 8, 0)},
      {"hybrid_8_cap", "fno-blocks: ", "found 8", "1 to 7", deep("hybrid", 8, 512)},
      {"stable_8", "fno-blocks: ", "found 8", "1 to 7", deep("stable_hybrid", 8, 0)},
      {"stable_7", "fno-blocks: ", "found 7", "1 to 6", deep("stable_hybrid", 7, 0)},
      {"hybrid_indivisible", "fno-blocks: ", "found 4", "1 to 3", deep("hybrid", 4, 0, 100)},
      {"no_blocks", "fno-blocks: ", "found 0", "from 1 on", deep("fno", 0, 0)},
      {"resnet_blocks", "fno-blocks: ", "found 2", "from 3 on", deep("hybrid_resnet", 2, 0)},
      {"resnet_points", "points: ", "found 62", "multiples of 4", deep("hybrid_resnet", 4, 0, 62)},
      {"cnn_points", "points: ", "found 60", "multiples of 8", deep("cnn", 4, 0, 60)},
      {"width_0", "fno-width: ", "found 0", "from 1 on", with("fno", [](C& c) { c.width = 0; })},
      {"modes_0", "fno-modes: ", "found 0", "1 to 64", with("ffno", [](C& c) { c.modes = 0; })},
      {"modes_65", "fno-modes: ", "found 65", "1 to 64", with("fno_vanilla", [](C& c) { c.modes = 65; })},
      {"modes_overlap", "fno-modes: ", "12 modes", "at most 8",
       with("hybrid", [](C& c) { c.spectral = ModeConvention::classic; })},
      {"refiners", "fno-cnn-blocks: ", "found -1", "from 0 on", with("ffno", [](C& c) { c.cnn_blocks = -1; })},
      {"resnet_width_0", "resnet-width: ", "found 0", "multiples of 4",
       with("hybrid_resnet", [](C& c) { c.resnet_width = 0; })},
      {"resnet_width_odd", "resnet-width: ", "found 30", "multiples of 4",
       with("hybrid_resnet", [](C& c) { c.resnet_width = 30; })},
      {"resnet_width_negative", "resnet-width: ", "found -4", "multiples of 4",
       with("hybrid_resnet", [](C& c) { c.resnet_width = -4; })},
      {"cap_leaves_odd", "max-hidden-channels: ", "66", "multiples of 4",
       with("hybrid_resnet", [](C& c) { c.max_hidden_channels = 66; })},
      {"cap_below_width", "max-hidden-channels: ", "found 16", "32",
       with("hybrid", [](C& c) { c.max_hidden_channels = 16; })},
      {"layerscale", "layerscale-init: ", "found nan", "finite",
       with("stable_hybrid", [](C& c) { c.layerscale_init = std::nan(""); })},
      {"channels", "channels: ", "found 0", "from 1 on", with("fno", [](C& c) { c.channels = 0; })},
      {"cnn_logits", "output-mode: ", "found amp_phase_logits", "real_imag, amp_phase",
       with("cnn", [](C& c) { c.output_mode = OutputMode::amp_phase_logits; })},
  };
}

class Refusals : public testing::TestWithParam<Refusal> {};
TEST_P(Refusals, NameTheFlagWhatWasFoundAndWhatIsAccepted) {
  const Refusal& r = GetParam();
  const auto act = [&] { (void)count_parameters(r.config); };
  EXPECT_TRUE(throws_error(ErrorKind::config, r.flag, act));
  EXPECT_TRUE(throws_error(ErrorKind::config, r.found, act));
  EXPECT_TRUE(throws_error(ErrorKind::config, r.accepted, act));
}
INSTANTIATE_TEST_SUITE_P(StageA, Refusals, testing::ValuesIn(refusals()),
                         [](const auto& param_info) { return param_info.param.name; });

TEST(Generator, UnknownNamesAreRefused) {
  EXPECT_TRUE(throws_error(ErrorKind::config, "none, sqrt, log1p, instancenorm",
                           [] { (void)require_named<InputTransform>("fno-input-transform", "log"); }));
  EXPECT_TRUE(throws_error(ErrorKind::config, "real_imag, amp_phase_logits, amp_phase",
                           [] { (void)require_named<OutputMode>("output-mode", "x"); }));
  for (const char* name : {"none", "sqrt", "log1p", "instancenorm"})
    EXPECT_EQ(name_of(value_named<InputTransform>(name).value()), name);
  for (const char* name : {"real_imag", "amp_phase_logits", "amp_phase"})
    EXPECT_EQ(name_of(value_named<OutputMode>(name).value()), name);
}

TEST(Generator, APatchOfAnotherSizeIsRefused) {
  const Device device = cpu_device(1);
  ParameterStore store(device, 0);
  const auto model = make_network(store, {.architecture = "fno_vanilla", .points = 16, .width = 2, .modes = 2});
  EXPECT_TRUE(throws_error(ErrorKind::config, "(batch, 1, 16, 16) is needed", [&] {
    (void)model->forward(Var(Tensor::zeros({2, 1, 16, 8}, Dtype::float32, device)));
  }));
  EXPECT_TRUE(throws_error(ErrorKind::config, "is needed",
                           [&] { (void)model->forward(Var(Tensor::zeros({16}, Dtype::float32, device))); }));
}

// Section 10.3: eight levels under a cap of 512.
TEST(Generator, EightLevelsUnderACapAreNoWiderThanItAndFinite) {
  NetworkConfig c = deep("hybrid", 8, 512, 128);
  ParameterStore shapes = ParameterStore::unfilled(tracing_device(std::make_shared<Trace>()));
  (void)make_network(shapes, c);
  std::int64_t widest = 0;
  for (const Parameter& p : shapes.parameters())
    if (p.name.ends_with("bias")) widest = std::max(widest, p.var.shape(0));
  EXPECT_EQ(widest, 512);

  c.modes = 2;
  const Device device = cpu_device(2);
  ParameterStore store(device, 3);
  const auto model = make_network(store, c);
  Random random(4);
  const Var y = model->forward(Var(test::normal_tensor(random, {1, 1, 128, 128}, Dtype::float32, device)));
  EXPECT_EQ(y.shape(), (Shape{1, 2, 128, 128}));
  for (const double v : host_values(y.value())) ASSERT_TRUE(std::isfinite(v));
  backward(mae(y, Var(Tensor::zeros(y.shape(), y.dtype(), device))));
  for (const Parameter& p : store.parameters())
    for (const double g : host_values(p.var.grad())) ASSERT_TRUE(std::isfinite(g)) << p.name;
}

std::vector<double> output_of(NetworkConfig c, const Tensor& x) {
  ParameterStore store(x.device(), 5);
  return host_values(make_network(store, c)->forward(Var(x)).value());
}

double logistic(double v) { return 1 / (1 + std::exp(-v)); }

// With the same seed the heads are the same, so that the modes can be told from each other by hand.
TEST(Generator, LogitsBecomeAmplitudeAndPhase) {
  const Device device = cpu_device(1);
  Random random(6);
  const Tensor x = test::normal_tensor(random, {2, 3, 16, 16}, Dtype::float32, device);
  NetworkConfig c{.architecture = "fno_vanilla", .points = 16, .channels = 3, .width = 4, .modes = 4, .blocks = 1};
  const std::vector<double> maps = output_of(c, x);
  c.output_mode = OutputMode::amp_phase_logits;
  const std::vector<double> parts = output_of(c, x);
  constexpr std::size_t kHalf = 3 * 16 * 16;
  for (std::size_t b = 0; b < 2; ++b)
    for (std::size_t i = 0; i < kHalf; ++i) {
      const std::size_t re = 2 * b * kHalf + i, im = re + kHalf;
      const double amplitude = logistic(maps[re]), phase = std::numbers::pi * std::tanh(maps[im]);
      ASSERT_NEAR(parts[re], amplitude * std::cos(phase), 2e-6);
      ASSERT_NEAR(parts[im], amplitude * std::sin(phase), 2e-6);
    }
}

TEST(Generator, TwoHeadsGiveABoundedAmplitudeAndNeedAsManyParameters) {
  const Device device = cpu_device(1);
  Random random(6);
  const Tensor x = test::normal_tensor(random, {1, 2, 16, 16}, Dtype::float32, device);
  NetworkConfig c{.architecture = "hybrid", .points = 16, .channels = 2, .width = 4, .modes = 4, .blocks = 2};
  const std::int64_t before = count_parameters(c).real;
  c.output_mode = OutputMode::amp_phase;
  EXPECT_EQ(count_parameters(c).real, before);
  const std::vector<double> parts = output_of(c, x);
  const std::size_t half = parts.size() / 2;
  for (std::size_t i = 0; i < half; ++i) {
    const double modulus = std::hypot(parts[i], parts[half + i]);
    ASSERT_GT(modulus, 0);
    ASSERT_LT(modulus, 1);
  }
}

TEST(Generator, InputTransformsAreTheirFormulas) {
  const Device device = cpu_device(1);
  const std::vector<double> values{-1, 0, 0.25, 4, 9, 2, -3, 1};
  const Var x(test::tensor_of(values, {1, 2, 2, 2}, Dtype::float64, device));
  const auto of = [&](InputTransform t) { return host_values(transformed(t, x).value()); };
  EXPECT_EQ(of(InputTransform::none), values);
  std::vector<double> roots, logs, normed;
  for (const double v : values) {
    roots.push_back(std::sqrt(std::max(v, 0.0)));
    logs.push_back(std::log(1 + std::max(v, 0.0)));
  }
  for (const std::size_t first : {std::size_t{0}, std::size_t{4}}) {
    double mean = 0, variance = 0;
    for (std::size_t i = first; i < first + 4; ++i) mean += values[i] / 4;
    for (std::size_t i = first; i < first + 4; ++i) variance += (values[i] - mean) * (values[i] - mean) / 4;
    for (std::size_t i = first; i < first + 4; ++i) normed.push_back((values[i] - mean) / std::sqrt(variance + 1e-6));
  }
  EXPECT_TRUE(test::near_scaled(of(InputTransform::sqrt), roots, 1e-14));
  EXPECT_TRUE(test::near_scaled(of(InputTransform::log1p), logs, 1e-14));
  EXPECT_TRUE(test::near_scaled(of(InputTransform::instancenorm), normed, 1e-12));
}

TEST(Generator, TheInputTransformComesBeforeTheLifter) {
  const Device device = cpu_device(1);
  Random random(8);
  const Tensor x = test::uniform_tensor(random, {1, 1, 16, 16}, 0.0, 9.0, Dtype::float32, device);
  NetworkConfig c{.architecture = "ffno", .points = 16, .width = 4, .modes = 4, .blocks = 1};
  const std::vector<double> of_root = output_of(c, transformed(InputTransform::sqrt, Var(x)).value());
  c.input_transform = InputTransform::sqrt;
  EXPECT_EQ(output_of(c, x), of_root);
}

}  // namespace
}  // namespace fno
