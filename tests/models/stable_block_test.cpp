#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

#include "framework/cpu/device.h"
#include "framework/ops/elementwise.h"
#include "framework/tensor/random.h"
#include "models/blocks.h"

namespace fno {
namespace {

// The acceptance criteria of the Stage A specification, section 10.2.

Tensor normal_field(const Shape& shape, const Device& device, std::uint64_t seed) {
  Random random(seed);
  std::vector<float> values(static_cast<std::size_t>(shape.size()));
  for (float& v : values) v = static_cast<float>(random.normal());
  return Tensor::from(values, shape, device);
}

Block block_of(ParameterStore& store, int channels, int modes, StableForm form) {
  return stable_block(
      store, "block",
      {.dims = 2, .in = channels, .out = channels, .modes = modes, .convention = ModeConvention::corner},
      {.stable_form = form});
}

struct Update {
  std::vector<float> x, update;
};

Update update_of(StableForm form, int channels, int modes, const Shape& shape) {
  const Device device = cpu_device(2);
  ParameterStore store(device, 1);
  const Block block = block_of(store, channels, modes, form);
  const Var x(normal_field(shape, device, 2));
  const Var y = block(x);
  EXPECT_EQ(y.shape(), shape);
  return {x.value().to_host<float>(), (y - x).value().to_host<float>()};
}

TEST(StableBlock, LayerScaleStartsNearTheIdentityButNotAtIt) {
  const Update u = update_of(StableForm::layerscale, 32, 8, {2, 32, 64, 64});
  float largest = 0;
  for (std::size_t i = 0; i < u.x.size(); ++i) {
    ASSERT_LE(std::fabs(u.update[i]), 1.2e-2 + 1e-5 * std::fabs(u.x[i]));
    largest = std::max(largest, std::fabs(u.update[i]));
  }
  EXPECT_GT(largest, 1e-6);
}

TEST(StableBlock, ZeroGammaStartsAtTheIdentity) {
  for (const float v : update_of(StableForm::zero_gamma, 32, 8, {2, 32, 64, 64}).update) ASSERT_LE(std::fabs(v), 1e-6f);
}

TEST(StableBlock, TheUpdateHasNoSpatialMean) {
  const Update u = update_of(StableForm::layerscale, 32, 8, {2, 32, 64, 64});
  constexpr std::size_t kPoints = 64 * 64;
  for (std::size_t plane = 0; plane < u.update.size() / kPoints; ++plane) {
    double mean = 0;
    for (std::size_t p = 0; p < kPoints; ++p) mean += static_cast<double>(u.update[plane * kPoints + p]);
    ASSERT_LE(std::fabs(mean / kPoints), 1e-5);
  }
}

TEST(StableBlock, KeepsTheShape) { (void)update_of(StableForm::layerscale, 16, 4, {2, 16, 32, 32}); }

TEST(StableBlock, ModesBeyondASmallGridAreCapped) { (void)update_of(StableForm::layerscale, 16, 12, {2, 16, 8, 8}); }

TEST(StableBlock, GradientReachesTheGate) {
  const Device device = cpu_device(1);
  ParameterStore store(device, 1);
  const Block block = block_of(store, 8, 4, StableForm::layerscale);
  backward(mean(square(block(Var(normal_field({2, 8, 16, 16}, device, 3))))));
  const Parameter& gate = store.parameters().back();
  ASSERT_EQ(gate.name, "block.layerscale");
  double norm = 0;
  for (const float g : gate.var.grad().to_host<float>()) norm += static_cast<double>(g) * static_cast<double>(g);
  EXPECT_GT(norm, 0);
}

TEST(StableBlock, InTheZeroGammaFormOnlyTheNormLearnsAtTheStart) {
  const Device device = cpu_device(1);
  ParameterStore store(device, 1);
  const Block block = block_of(store, 8, 4, StableForm::zero_gamma);
  // A target that is not reached at the identity, so that β gets a gradient too.
  backward(mean(square(affine(block(Var(normal_field({2, 8, 16, 16}, device, 3))), 1, 1))));
  for (const Parameter& p : store.parameters()) {
    double largest = 0;
    for (const float g : p.var.grad().to_host<float>()) largest = std::max(largest, std::fabs(static_cast<double>(g)));
    if (p.name.find("norm") == std::string::npos)
      EXPECT_EQ(largest, 0) << p.name;
    else
      EXPECT_GT(largest, 0) << p.name;
  }
}

}  // namespace
}  // namespace fno
