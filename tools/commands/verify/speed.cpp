#include "tools/commands/verify/speed.h"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>

#include "framework/checks/values.h"
#include "framework/ops/spectral.h"
#include "framework/tracing/device.h"
#include "framework/tracing/roof.h"

namespace fno::verify {
namespace {

constexpr int kTimes = 15;

// Forward and reverse pass of one layer.
struct Layer {
  Layer(const Device& device, std::uint64_t seed) {
    Random random(seed, 14);
    modes = make_modes(ModeConvention::classic, {64, 64}, 12);
    const auto normal = [&](const Shape& shape, Dtype dtype) {
      return Var::leaf(checks::normal_tensor(random, shape, dtype, device));
    };
    x = normal({8, 32, 64, 64}, Dtype::float32);
    inputs = {x, normal({modes->weight_modes, 32, 32}, Dtype::complex64), normal({32, 32, 1, 1}, Dtype::float32),
              normal({32}, Dtype::float32)};
    dy = checks::normal_tensor(random, {8, 32, 64, 64}, Dtype::float32, device);
  }
  void step() const {
    backward(fourier_layer_gelu(inputs[0], inputs[1], inputs[2], inputs[3], modes).y, dy);
    for (const Var& input : inputs) input.zero_grad();
  }
  std::shared_ptr<const ModeSet> modes;
  Var x;
  std::vector<Var> inputs;
  Tensor dy;
};

}  // namespace

Finding check_speed(const Device& device, std::optional<int> cpu_threads, std::uint64_t seed) {
  if (device.name() == "cuda-emulated")
    return {.check = "speed",
            .covers = "a Fourier layer over its floor",
            .result = Finding::Result::absent,
            .at = "an emulated device has no speed of its own"};
  const Roof roof = measure_roof(device, cpu_threads);
  const auto trace = std::make_shared<Trace>();
  Layer(tracing_device(trace), seed).step();
  double floor = 0;
  for (const TracedJob& job : trace->jobs) floor += roof.floor_seconds(job.work);

  const Layer layer(device, seed);
  layer.step();
  std::vector<double> seconds;
  for (int i = 0; i < kTimes; ++i) {
    device.memory().synchronize();
    const auto start = std::chrono::steady_clock::now();
    layer.step();
    device.memory().synchronize();
    seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  std::ranges::nth_element(seconds, seconds.begin() + kTimes / 2);
  const double taken = seconds[kTimes / 2];
  Worst worst;
  worst.add(taken / floor, kExpectedOverFloor, fmt::format("{:.2f} ms for forward and reverse pass", 1e3 * taken));
  Finding found = worst.finding(
      "speed",
      fmt::format("a Fourier layer: {:.2f} ms over a floor of {:.2f} ms ({:.1f} GB/s copied, {:.0f} Gflop/s), {}",
                  1e3 * taken, 1e3 * floor, roof.copy_gb_per_s, roof.product_gflop_per_s, device.name()));
  if (found.result == Finding::Result::failed) found.result = Finding::Result::slow;
  return found;
}

}  // namespace fno::verify
