// What holds for a whole training step on a device: its bits do not depend on the number of threads, and a step that
// is repeated asks the system for no memory.
#include "framework/cpu/device.h"

#include <atomic>
#include <cmath>
#include <thread>

#include "framework/cpu/kernel_set.h"
#include "framework/ops/conv.h"
#include "framework/ops/elementwise.h"
#include "framework/ops/fourier.h"
#include "framework/ops/loss.h"
#include "framework/ops/norm.h"
#include "framework/ops/resample.h"
#include "framework/ops/shape.h"
#include "framework/ops/spectral.h"
#include "tests/support/expect_error.h"
#include "tests/support/near.h"
#include "tests/support/on_each_device.h"
#include "tests/support/random_tensors.h"

namespace fno::test {
namespace {

// Large enough that every kernel has work for five threads.
constexpr int kBatch = 5, kWidth = 12, kRows = 46, kColumns = 39;

struct Network {
  Var x, target;
  std::vector<Var> parameters;

  Network(Dtype real, const Device& device) {
    Random random(101);
    const auto leaf = [&](const Shape& shape, Dtype type) {
      parameters.push_back(Var::leaf(affine(Var(normal_tensor(random, shape, type, device)), 0.2).value()));
    };
    const Dtype complex = complex_of(real);
    x = Var(normal_tensor(random, {kBatch, 2, kRows, kColumns}, real, device));
    target = Var(normal_tensor(random, {kBatch, 1, kRows, kColumns}, real, device));
    leaf({kWidth, 2, 3, 3}, real);               // 0 lifting
    leaf({kWidth}, real);                        // 1
    leaf({2 * 8 * 8, kWidth, kWidth}, complex);  // 2 classic, 8 modes
    leaf({kWidth, kWidth, 3, 3}, real);          // 3
    leaf({kWidth}, real);                        // 4
    leaf({kWidth}, real);                        // 5 gamma
    leaf({kWidth}, real);                        // 6 beta
    leaf({kWidth}, real);                        // 7 gate
    leaf({10 * 6, kWidth, kWidth}, complex);     // 8 centered, 10 modes
    leaf({kWidth, kWidth, 4, 4}, real);          // 9 transposed, stride 2
    leaf({1, 3 * kWidth, 1, 1}, real);           // 10 projection
    leaf({1}, real);                             // 11
  }

  [[nodiscard]] Var prediction() const {
    const auto& p = parameters;
    Var v = silu(conv(pad(x, 1, 1, PadMode::reflect), p[0], p[1]));
    const Var layer = fourier_layer(v, p[2], p[3], p[4], make_modes(ModeConvention::classic, {kRows, kColumns}, 8));
    v = gelu_norm_residual(layer, v, p[5], p[6], p[7]);
    const Var wide = spectral_conv(v, p[8], make_modes(ModeConvention::centered, {kRows, kColumns}, 10));
    const Var small = max_pool(tanh(wide));  // 23 x 19
    const Var up = conv_transpose(small, p[9], Var(), {.stride = 2, .padding = 1});
    const Var back = irfft(rfft(instance_norm(v, Var(), Var())), kColumns);
    const Var near = pad(upsample_nearest(small), 0, 1, PadMode::zero);  // 47 x 39
    const Var all = concat({pad(slice(up, 2, 0, 45), 0, 1, PadMode::reflect), back, slice(near, 2, 0, kRows)}, 1);
    return conv(all, p[10], p[11]);
  }
  [[nodiscard]] Var loss() const {
    const Var y = prediction();
    return relative_l2(y, target) + affine(relative_h1(y, target), 0.1) +
           mean(sigmoid(y) * permute(permute(y, {0, 1, 3, 2}), {0, 1, 3, 2}));
  }
};

struct Result {
  std::vector<double> prediction, loss;
  std::vector<std::vector<double>> gradients;
};

Result step(const Network& net) {
  Result result{.prediction = host_values(net.prediction().value()), .loss = {}, .gradients = {}};
  const Var loss = net.loss();
  result.loss = host_values(loss.value());
  backward(loss);
  for (const Var& p : net.parameters) {
    result.gradients.push_back(host_values(p.grad()));
    p.zero_grad();
  }
  return result;
}

// The sets of kernels that run here, each chosen in turn; then again what was chosen before.
template <class F>
void with_each_kernel_set(const F& f) {
  const std::string before(cpu::kernel_set().name);
  for (const cpu::KernelSet* set : cpu::kernel_sets())
    if (cpu::runs_here(*set)) {
      SCOPED_TRACE(set->name);
      cpu::choose_kernel_set(std::string(set->name));
      f();
    }
  cpu::choose_kernel_set(before);
}

void expect_threads_to_agree(Dtype real) {
  const Result one = step(Network(real, cpu_device(1)));
  for (const int threads : {2, 3, 5}) {
    SCOPED_TRACE(testing::Message() << threads << " threads in " << real);
    const Result many = step(Network(real, cpu_device(threads)));
    EXPECT_EQ(many.prediction, one.prediction);
    EXPECT_EQ(many.loss, one.loss);
    for (std::size_t i = 0; i < one.gradients.size(); ++i)
      EXPECT_EQ(many.gradients[i], one.gradients[i]) << "parameter " << i;
  }
  for (const auto& gradient : one.gradients) EXPECT_NE(gradient, std::vector<double>(gradient.size(), 0.0));
}

TEST(CpuDevice, BitsOfAStepDoNotDependOnTheNumberOfThreads) {
  with_each_kernel_set([] {
    for (const Dtype real : {Dtype::float32, Dtype::float64}) expect_threads_to_agree(real);
  });
}

double relative_distance(const std::vector<double>& a, const std::vector<double>& b) {
  double distance = 0, size = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    distance += (a[i] - b[i]) * (a[i] - b[i]);
    size += b[i] * b[i];
  }
  return std::sqrt(distance / size);
}

TEST(CpuDevice, InstructionSetsAgreeInAStep) {
  std::vector<Result> of_float, of_double;
  with_each_kernel_set([&] {
    of_float.push_back(step(Network(Dtype::float32, cpu_device(2))));
    of_double.push_back(step(Network(Dtype::float64, cpu_device(2))));
  });
  for (std::size_t s = 0; s < of_float.size(); ++s) {
    EXPECT_LE(relative_distance(of_float[s].prediction, of_double[0].prediction), 2e-6);
    EXPECT_LE(relative_distance(of_double[s].prediction, of_double[0].prediction), 2e-14);
    for (std::size_t i = 0; i < of_float[s].gradients.size(); ++i) {
      EXPECT_LE(relative_distance(of_float[s].gradients[i], of_double[0].gradients[i]), 2e-5) << "parameter " << i;
      EXPECT_LE(relative_distance(of_double[s].gradients[i], of_double[0].gradients[i]), 2e-13) << "parameter " << i;
    }
  }
}

TEST(CpuDevice, InstructionSetsAreChecked) {
  const std::string before(cpu::kernel_set().name);
  EXPECT_TRUE(throws_error(ErrorKind::config, "this program has no kernels for it, accepted: auto, ",
                           [] { cpu::choose_kernel_set("avx1024"); }));
  for (const cpu::KernelSet* set : cpu::kernel_sets()) {
    if (cpu::runs_here(*set)) continue;
    EXPECT_TRUE(throws_error(ErrorKind::config, "this processor lacks it, accepted: auto, ",
                             [&] { cpu::choose_kernel_set(std::string(set->name)); }));
  }
  EXPECT_EQ(cpu::kernel_set().name, before);
  EXPECT_EQ(cpu::kernel_sets().back()->name, "baseline");
  EXPECT_TRUE(cpu::runs_here(*cpu::kernel_sets().back()));
}

using DeviceSteps = OnEachDevice;
FNO_ON_EACH_DEVICE(DeviceSteps);

TEST_P(DeviceSteps, TheSameStepGivesTheSameBitsAgain) {
  const Network net(Dtype::float32, device);
  const Result first = step(net);
  for (int i = 0; i < 3; ++i) {
    const Result again = step(net);
    EXPECT_EQ(again.loss, first.loss);
    EXPECT_EQ(again.gradients, first.gradients);
  }
}

TEST_P(DeviceSteps, ARepeatedStepAsksTheSystemForNothing) {
  const Network net(Dtype::float32, device);
  const auto train = [&] {
    backward(net.loss());
    for (const Var& p : net.parameters) p.zero_grad();
  };
  train();
  train();
  const MemoryUse before = device.memory().use();
  for (int i = 0; i < 3; ++i) train();
  const MemoryUse after = device.memory().use();
  EXPECT_EQ(after.system_allocations, before.system_allocations);
  EXPECT_EQ(after.reserved, before.reserved);
  EXPECT_EQ(after.in_use, before.in_use);
  EXPECT_EQ(after.peak, before.peak);
}

TEST(CpuDevice, ThreadCountsAreChecked) {
  EXPECT_EQ(cpu_device(0).name(), "cpu");
  EXPECT_TRUE(throws_error(ErrorKind::config, "-1 threads asked for", [] { (void)cpu_device(-1); }));
  EXPECT_TRUE(throws_error(ErrorKind::config, "1025 threads asked for", [] { (void)cpu_device(1025); }));
}

TEST(CpuDevice, TensorsOfTwoDevicesDoNotMix) {
  const Device a = cpu_device(1), b = cpu_device(1);
  const Var x(Tensor::zeros({1, 1, 4}, Dtype::float32, a)), y(Tensor::zeros({1, 1, 4}, Dtype::float32, b));
  const auto kind = ErrorKind::device;
  EXPECT_TRUE(
      throws_error(kind, "arithmetic: tensors on different devices: (1, 1, 4) float32 cpu", [&] { (void)(x + y); }));
  EXPECT_TRUE(throws_error(kind, "concat: tensors on different devices", [&] { (void)concat({x, y}, 0); }));
  EXPECT_TRUE(throws_error(kind, "mae: tensors on different devices", [&] { (void)mae(x, y); }));
  EXPECT_TRUE(
      throws_error(kind, "residual: tensors on different devices", [&] { (void)apply_residual(UnaryOp::gelu, x, y); }));
  const Var gamma(Tensor::zeros({1}, Dtype::float32, b));
  EXPECT_TRUE(
      throws_error(kind, "instance_norm: tensors on different devices", [&] { (void)instance_norm(x, gamma, Var()); }));
}

TEST_P(DeviceSteps, TwoHostThreadsOnOneDeviceDoNotDisturbEachOther) {
  const bool cpu = device.name() == "cpu";
  const Tensor x = Tensor::full({cpu ? 100000 : 1000}, Dtype::float32, device, 1);
  const int rounds = cpu ? 300 : 20;
  std::atomic<int> wrong{0};
  const auto host = [&](int base) {
    const NoGrad none;
    for (int i = base; i < base + rounds; ++i)
      for (const float v : affine(Var(x), i, 1).value().to_host<float>()) wrong += v != static_cast<float>(i + 1);
  };
  std::thread a(host, 0), b(host, 100000);
  a.join();
  b.join();
  EXPECT_EQ(wrong.load(), 0);
}

}  // namespace
}  // namespace fno::test
