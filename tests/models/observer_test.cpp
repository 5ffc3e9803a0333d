#include "models/observer.h"

#include <cmath>
#include <gtest/gtest.h>
#include <set>

#include "framework/cpu/device.h"
#include "framework/ops/loss.h"
#include "models/operator_model.h"
#include "tests/models/architectures.h"
#include "tests/support/near.h"
#include "tests/support/random_tensors.h"

namespace fno::test {
namespace {

struct Seen {
  std::vector<std::string> names;
  std::map<std::string, std::vector<double>> maps;
};

Seen watch(const NetworkConfig& c) {
  const Device device = cpu_device(1);
  ParameterStore store(device, 1);
  const auto model = make_network(store, c);
  Random random(2);
  const Var x(normal_tensor(random, {1, 1, c.points, c.points}, Dtype::float32, device));
  Seen seen;
  Var y;
  {
    const ObserverScope scope([&](const std::string& name, const Var& value) {
      seen.names.push_back(name);
      seen.maps[name] = host_values(value.value());
    });
    y = model->forward(x);
    backward(mae(y, Var(Tensor::zeros(y.shape(), y.dtype(), device))));
  }
  EXPECT_EQ(seen.maps["output"], host_values(y.value()));
  const std::size_t during = seen.names.size();
  (void)model->forward(x);
  EXPECT_EQ(seen.names.size(), during) << "seen after the scope ended";
  return seen;
}

const NetworkConfig kThreeLevels{.architecture = "hybrid", .points = 16, .width = 4, .modes = 4, .blocks = 3};

TEST(Observer, SeesEveryMapOfAHybridOnceInOrder) {
  const std::vector<std::string> expected{"lifter.pre_gelu",
                                          "lifter.out",
                                          "encoder_blocks.0.pre_gelu",
                                          "encoder_blocks.0.out",
                                          "encoder_blocks.1.pre_gelu",
                                          "encoder_blocks.1.out",
                                          "encoder_blocks.2.pre_gelu",
                                          "encoder_blocks.2.out",
                                          "bottleneck.pre_gelu",
                                          "bottleneck.out",
                                          "decoder_blocks.0.0",
                                          "decoder_blocks.0.out",
                                          "decoder_blocks.1.0",
                                          "decoder_blocks.1.out",
                                          "output"};
  NetworkConfig c = kThreeLevels;
  EXPECT_EQ(watch(c).names, expected);
  c.architecture = "stable_hybrid";
  EXPECT_EQ(watch(c).names, expected);
  c.activation_checkpointing = true;  // the second evaluation is silent
  EXPECT_EQ(watch(c).names, expected);
}

TEST(Observer, TheMapsAreThoseOfTheFormula) {
  Seen seen = watch(kThreeLevels);
  const std::vector<double>&x = seen.maps["lifter.out"], &z = seen.maps["encoder_blocks.0.pre_gelu"];
  std::vector<double> y;
  for (std::size_t i = 0; i < x.size(); ++i) y.push_back(x[i] + z[i] * 0.5 * (1 + std::erf(z[i] / std::sqrt(2.0))));
  EXPECT_TRUE(near_scaled(seen.maps["encoder_blocks.0.out"], y, 1e-6));
}

TEST(Observer, EveryArchitectureShowsItsOutputAndNoNameTwice) {
  for (const SmallGenerator& g : small_generators()) {
    SCOPED_TRACE(g.name);
    const Seen seen = watch(g.config);
    EXPECT_EQ(seen.names.size(), seen.maps.size());
    EXPECT_GT(seen.names.size(), 3u);
    EXPECT_EQ(seen.names.back(), "output");
  }
}

TEST(Observer, OperatorsShowTheirBlocks) {
  const Device device = cpu_device(1);
  for (const char* architecture : {"fno_operator", "stable_fno"}) {
    ParameterStore store(device, 1);
    const OperatorModel model(
        store, {.architecture = architecture, .dims = 1, .width = 4, .modes = 2, .blocks = 2, .projection = 4});
    std::set<std::string> names;
    const ObserverScope scope([&](const std::string& name, const Var&) { names.insert(name); });
    (void)model.forward(Var(Tensor::zeros({1, 1, 8}, Dtype::float32, device)));
    for (const char* name : {"blocks.0.pre_gelu", "blocks.0.out", "blocks.1.out", "output"})
      EXPECT_TRUE(names.contains(name)) << architecture << " " << name;
  }
}

TEST(Observer, TheInnermostCounts) {
  const Device device = cpu_device(1);
  const Var v(Tensor::zeros({1}, Dtype::float32, device));
  std::vector<std::string> outer, inner;
  const ObserverScope one([&](const std::string& name, const Var&) { outer.push_back(name); });
  {
    const ObserverScope two([&](const std::string& name, const Var&) { inner.push_back(name); });
    observe("a", "b", v);
  }
  observe("c", "", v);
  EXPECT_EQ(inner, (std::vector<std::string>{"a.b"}));
  EXPECT_EQ(outer, (std::vector<std::string>{"c"}));
}

}  // namespace
}  // namespace fno::test
