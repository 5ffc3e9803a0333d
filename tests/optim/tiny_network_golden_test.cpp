// A whole small network from a golden file: output, loss, every gradient, and the loss along four Adam steps.
#include <map>

#include "framework/ops/conv.h"
#include "framework/ops/elementwise.h"
#include "framework/ops/loss.h"
#include "framework/ops/shape.h"
#include "optim/optimizer.h"
#include "tests/support/golden_cases.h"
#include "tests/support/golden_spectral.h"
#include "tests/support/on_each_device.h"

namespace fno::test {
namespace {

using TinyNetwork = OnEachDevice;
FNO_ON_EACH_DEVICE(TinyNetwork);

constexpr int kLayers = 3;
constexpr Tolerance kNetOutput{1e-11, 5e-6}, kNetGradient{1e-11, 2e-5}, kNetLoss{1e-11, 1e-5};

// The file's coordinates run from 0 to 1 with both ends, so the network is put together here from the ops.
Var with_coordinates(const Var& x) {
  const std::int64_t batch = x.shape(0), rows = x.shape(2), columns = x.shape(3);
  std::vector<double> values;
  for (std::int64_t b = 0; b < batch; ++b)
    for (const bool column : {false, true})
      for (std::int64_t r = 0; r < rows; ++r)
        for (std::int64_t c = 0; c < columns; ++c)
          values.push_back(column ? static_cast<double>(c) / static_cast<double>(columns - 1)
                                  : static_cast<double>(r) / static_cast<double>(rows - 1));
  return concat({x, Var(tensor_of(values, {batch, 2, rows, columns}, x.dtype(), x.device()))}, 1);
}

struct Network {
  std::map<std::string, Var> plain;  // by the names of the file
  std::vector<Var> spectral;         // of each layer
  std::vector<int> modes;

  Network(const GoldenFile& golden, const std::string& name, Dtype real, const Device& device)
      : modes(golden.integers(name, "modes")) {
    std::vector<std::string> names{"lift", "proj1", "proj2"};
    for (int i = 0; i < kLayers; ++i) {
      const std::string layer = "l" + std::to_string(i);
      names.push_back(layer + "_skip");
      spectral.push_back(Var::leaf(golden_weights(golden, name, layer + "_w", modes, complex_of(real), device)));
    }
    for (const std::string& conv_name : names)
      for (const char* part : {"_weight", "_bias"})
        plain[conv_name + part] = Var::leaf(golden.tensor(name, conv_name + part, real, device));
  }

  [[nodiscard]] Var convolved(const std::string& name, const Var& x) const {
    return conv(x, plain.at(name + "_weight"), plain.at(name + "_bias"));
  }
  [[nodiscard]] Var operator()(const Var& x) const {
    Var v = convolved("lift", with_coordinates(x));
    for (int i = 0; i < kLayers; ++i) {
      const std::string skip = "l" + std::to_string(i) + "_skip";
      v = fourier_layer(v, spectral[static_cast<std::size_t>(i)], plain.at(skip + "_weight"), plain.at(skip + "_bias"),
                        golden_modes(x, modes));
      if (i + 1 < kLayers) v = gelu(v);
    }
    return convolved("proj2", gelu(convolved("proj1", v)));
  }
  [[nodiscard]] std::vector<Parameter> parameters() const {
    std::vector<Parameter> all;
    for (const auto& [name, var] : plain) all.push_back({.name = name, .var = var});
    for (const Var& var : spectral) all.push_back({.name = "spectral", .var = var});
    return all;
  }
};

TEST_P(TinyNetwork, Golden) {
  const GoldenFile golden("fno2d_tiny");
  for (const std::string& name : tested_cases("fno2d_tiny"))
    for (const Dtype real : {Dtype::float32, Dtype::float64}) {
      SCOPED_TRACE(testing::Message() << name << " in " << real);
      const Network net(golden, name, real, device);
      const Var x(golden.tensor(name, "x", real, device)), target(golden.tensor(name, "target", real, device));
      const Var y = net(x), loss = relative_l2(y, target);
      EXPECT_TRUE(near_golden(y.value(), golden.get(name, "y"), kNetOutput));
      EXPECT_TRUE(near_mixed({loss.value().item()}, {golden.number(name, "loss")}, kNetLoss.of(real), 0));
      backward(loss);
      for (const auto& [parameter, var] : net.plain)
        EXPECT_TRUE(near_golden(var.grad(), golden.get(name, "grad_" + parameter), kNetGradient)) << parameter;
      for (int i = 0; i < kLayers; ++i)
        EXPECT_TRUE(near_golden_weights(net.spectral[static_cast<std::size_t>(i)].grad(), golden, name,
                                        "grad_l" + std::to_string(i) + "_w", net.modes, kNetGradient));

      Optimizer adam(net.parameters(), {});
      adam.set_rate(golden.number(name, "adam_lr"));
      std::vector<double> losses;
      for (int step = 0; step < 4; ++step) {
        adam.zero_grad();
        const Var now = relative_l2(net(x), target);
        losses.push_back(now.value().item());
        backward(now);
        adam.step();
      }
      EXPECT_TRUE(near_mixed(losses, golden.get(name, "adam_losses").values, kNetLoss.of(real), 0));
    }
}

}  // namespace
}  // namespace fno::test
