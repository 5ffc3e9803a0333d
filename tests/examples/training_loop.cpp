// A whole training loop against the C++ library: a Fourier neural operator learns the shift u(x) → u(x - 1/4).
#include <cmath>
#include <cstdio>
#include <numbers>

#include "framework/cpu/device.h"
#include "framework/ops/loss.h"
#include "framework/tensor/random.h"
#include "models/operator_model.h"
#include "optim/clip.h"
#include "optim/optimizer.h"
#include "optim/schedule.h"

int main() {
  using namespace fno;
  const Device device = cpu_device();
  const int batch = 16, points = 64, epochs = 60;

  ParameterStore store(device, /*seed=*/1);
  const OperatorModel model(store, {.architecture = "stable_fno", .dims = 1, .width = 16, .modes = 8, .blocks = 2});
  Optimizer optimizer(store.parameters(), {.kind = OptimizerKind::adam});
  const GradientClip clip({.rule = ClipRule::norm, .value = 1.0});
  const Schedule schedule(
      {.kind = ScheduleKind::warmup_cosine, .base = 5e-3, .epochs = epochs, .warmup = 5, .min_ratio = 0.05});

  double loss_value = 1;
  for (int epoch = 0; epoch < epochs; ++epoch) {
    optimizer.set_rate(schedule.rate(epoch));  // in force for every step of the epoch
    Random random(2, static_cast<std::uint64_t>(epoch));
    std::vector<float> u, shifted;
    for (int b = 0; b < batch; ++b) {
      const double phase = random.uniform53(), wave = static_cast<double>(1 + random.below(4));
      for (int i = 0; i < points; ++i) {
        const double x = static_cast<double>(i) / points;
        u.push_back(static_cast<float>(std::sin(2 * std::numbers::pi * (wave * x + phase))));
        shifted.push_back(static_cast<float>(std::sin(2 * std::numbers::pi * (wave * (x - 0.25) + phase))));
      }
    }
    const Var x(Tensor::from(u, {batch, 1, points}, device)), target(Tensor::from(shifted, {batch, 1, points}, device));
    const Var loss = relative_l2(model.forward(x), target);
    backward(loss);
    optimizer.step(clip.apply(store.parameters()));
    optimizer.zero_grad();
    loss_value = loss.value().item();
  }
  std::printf("relative L2 after %d steps: %.4f\n", epochs, loss_value);
  return loss_value < 0.2 ? 0 : 1;
}
