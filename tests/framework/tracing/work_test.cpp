// What jobs cost, against numbers derived by hand, and whose they are.
#include <gtest/gtest.h>

#include "framework/autograd/checkpoint.h"
#include "framework/cpu/device.h"
#include "framework/cpu/rehearsal.h"
#include "framework/ops/conv.h"
#include "framework/ops/elementwise.h"
#include "framework/ops/fourier.h"
#include "framework/ops/norm.h"
#include "framework/ops/spectral.h"
#include "framework/scope.h"
#include "framework/tracing/device.h"
#include "tests/support/near.h"
#include "tests/support/random_tensors.h"

namespace fno {

void PrintTo(const Work& w, std::ostream* out) {
  *out << w.bytes_read << " bytes read, " << w.bytes_written << " written, " << w.flop << " flop";
}

namespace {

class Traced : public testing::Test {
 protected:
  [[nodiscard]] Var leaf(Shape shape, Dtype dtype = Dtype::float32) const {
    return Var::leaf(Tensor(std::move(shape), dtype, device));
  }
  [[nodiscard]] Var constant(Shape shape) const { return Var(Tensor(std::move(shape), Dtype::float32, device)); }
  static void differentiate(const Var& y) { backward(y, Tensor(y.shape(), y.dtype(), y.device())); }

  // All jobs of that name since the last call of clear().
  [[nodiscard]] TracedJob found(const std::string& job) const {
    TracedJob all{.scope = "", .job = job};
    for (const TracedJob& part : trace->jobs)
      if (part.job == job) {
        all.launches += part.launches;
        all.work += part.work;
      }
    return all;
  }
  void expect(const std::string& job, Work each, std::int64_t launches = 1) const {
    SCOPED_TRACE(job);
    EXPECT_EQ(found(job).launches, launches);
    EXPECT_EQ(found(job).work, static_cast<double>(launches) * each);
  }
  [[nodiscard]] std::int64_t launches() const {
    std::int64_t n = 0;
    for (const TracedJob& job : trace->jobs) n += job.launches;
    return n;
  }

  std::shared_ptr<Trace> trace = std::make_shared<Trace>();
  Device device = tracing_device(trace);
};

using JobWork = Traced;

// (2, 3, 5, 6) to 4 channels by 3 x 3: 180 numbers in, 240 out, 108 weights, 240·27 multiply-adds.
TEST_F(JobWork, OfAConvolutionAndItsGradients) {
  const Var x = leaf({2, 3, 5, 6}), w = leaf({4, 3, 3, 3}), b = leaf({4});
  const Var y = conv(x, w, b, {.stride = 1, .padding = 1});
  expect("Conv", {4.0 * (180 + 108 + 4), 4.0 * 240, 2.0 * 240 * 27});
  differentiate(y);
  expect("ConvInputGrad", {4.0 * (240 + 108), 4.0 * 180, 2.0 * 240 * 27});
  expect("ConvWeightGrad", {4.0 * (180 + 240), 4.0 * 108, 2.0 * 240 * 27});
  expect("ChannelSum", {4.0 * 240, 4.0 * 4, 240});
  EXPECT_EQ(launches(), 4);
}

// 2 x 2 windows of stride 2: a quarter of the points, 4 taps each. In double, without bias.
TEST_F(JobWork, OfAConvolutionWithAStride) {
  (void)conv(leaf({1, 2, 8, 6}, Dtype::float64), leaf({5, 2, 2, 2}, Dtype::float64), Var(),
             {.stride = 2, .padding = 0});
  expect("Conv", {8.0 * (96 + 40), 8.0 * 60, 2.0 * 60 * 8});
}

// 8 x 16 = 2^7 points, 3 planes: 5·128·7 flop each, half of it for a real field, whose half spectrum has 8 x 9 columns.
TEST_F(JobWork, OfFullTransforms) {
  (void)fft(leaf({1, 3, 8, 16}, Dtype::complex64));
  expect("Fft", {8.0 * 384, 8.0 * 384, 3 * 5 * 128 * 7});
  const Var spectrum = rfft(leaf({1, 3, 8, 16}));
  expect("Rfft", {4.0 * 384, 8.0 * 3 * 72, 3 * 5 * 128 * 7 / 2.0});
  (void)irfft(spectrum, 16);
  expect("Irfft", {8.0 * 3 * 72, 4.0 * 384, 3 * 5 * 128 * 7 / 2.0});
}

TEST_F(JobWork, OfElementWiseFunctions) {
  const Var x = leaf({2, 3, 10}), residual = leaf({2, 3, 10});
  (void)gelu(x);
  expect("Unary", {4.0 * 60, 4.0 * 60, 60});
  trace->jobs.clear();
  const Var y = apply_residual(UnaryOp::gelu, x, residual);
  expect("Unary", {4.0 * 120, 4.0 * 60, 120});
  differentiate(y);
  expect("UnaryBackward", {4.0 * 120, 4.0 * 60, 120});
}

// A number a channel is read once, however often it is repeated; its gradient is a sum over batch and grid.
TEST_F(JobWork, OfABroadcastProduct) {
  const Var x = leaf({2, 3, 10}), scale = leaf({1, 3, 1});
  const Var y = x * scale;
  expect("Binary", {4.0 * (60 + 3), 4.0 * 60, 60});
  differentiate(y);
  EXPECT_EQ(found("Binary").launches, 3);
  expect("Reduce", {4.0 * 60, 4.0 * 3, 60});
}

TEST_F(JobWork, OfSumsOfGradients) {
  const Var x = leaf({7}), y = gelu(x) + sin(x) + affine(x, 2, 1);
  expect("Scale", {4.0 * 7, 4.0 * 7, 2 * 7});  // 2·x + 1
  trace->jobs.clear();
  differentiate(y);
  const Work product{4.0 * 7, 4.0 * 7, 7}, sum{4.0 * 14, 4.0 * 7, 7};
  EXPECT_EQ(found("Scale").launches, 3);
  EXPECT_EQ(found("Scale").work, product + 2 * sum);
}

// 6 planes of 20 points; statistics 4 a point, the norm 3, GELU and residual 1 each.
TEST_F(JobWork, OfAStableBlocksTail) {
  const Var z = leaf({2, 3, 4, 5}), x = leaf({2, 3, 4, 5}), gamma = leaf({3}), beta = leaf({3}), gate = leaf({3});
  const Var y = gelu_norm_residual(z, x, gamma, beta, gate);
  expect("InstanceNorm", {4.0 * (240 + 9), 4.0 * (120 + 12), 9 * 120});
  differentiate(y);
  expect("InstanceNormBackward", {4.0 * (240 + 12 + 9), 4.0 * (120 + 9), 13 * 120});
}

TEST_F(JobWork, OfAdam) {
  const ParameterSlot<float> slots[] = {{.n = 10}, {.n = 32}};
  EXPECT_EQ(AdamStep<float>{.slots = slots}.work(), (Work{4.0 * 4 * 42, 4.0 * 3 * 42, 17 * 42}));
  const double factor = 1;
  EXPECT_EQ((AdamStep<double>{.slots = {}, .grad_factor = &factor}.work()), (Work{8, 0, 0}));
}

// B = 2, 3 to 4 channels on 8 x 10, frequencies 0, 1, 2 of each axis: 9 modes. A plane's transform: 10 columns of 8
// points, which are folded twice, into 3 cosines and 2 sines of 2 terms each; then 5 rows of 10 into cosines of 3, 2
// and 3 terms (k = 1 has the fewer) and sines of 3 and 2.
constexpr double kPlane = 10 * (16 + 2 * 10) + 5 * (20 + 2 * 13);

TEST_F(JobWork, OfAWholeFourierLayer) {
  const auto modes = make_modes(ModeConvention::corner, {8, 10}, 3);
  const double plane = kPlane, in = 2 * 3 * 80, out = 2 * 4 * 80;  // numbers of x and y
  const double kept_in = 9 * 2 * 3, kept_out = 9 * 2 * 4, weights = 9 * 3 * 4, mixing = 8.0 * 9 * 2 * 3 * 4;
  const Var x = leaf({2, 3, 8, 10}), w = leaf({9, 3, 4}, Dtype::complex64), k = leaf({4, 3, 1, 1}), b = leaf({4});
  const Var y = fourier_layer(x, w, k, b, modes);
  expect("Analyse", {4 * in, 8 * kept_in, 6 * plane});
  expect("MixChannels", {8 * (kept_in + weights), 8 * kept_out, mixing});
  expect("FourierOutput", {4 * (in + 12 + 4) + 8 * kept_out, 4 * out, 2 * out * 3 + 8 * plane});
  EXPECT_EQ(launches(), 3);

  trace->jobs.clear();
  differentiate(y);
  expect("FourierOutputGrad", {4 * (out + in), 8 * kept_out + 4 * (4 + 12), 8 * plane + out + 2 * out * 3});
  expect("MixWeightGrad", {8 * (kept_in + kept_out), 8 * weights, mixing});
  expect("MixInputGrad", {8 * (kept_out + weights), 8 * kept_in, mixing});
  expect("FourierInputGrad", {4 * (out + 12) + 8 * kept_in, 4 * in, 2 * out * 3 + 6 * plane});
  EXPECT_EQ(launches(), 4);
}

TEST_F(JobWork, OfAnActivatedFourierLayer) {
  const auto modes = make_modes(ModeConvention::corner, {8, 10}, 3);
  const double plane = kPlane, in = 2 * 3 * 80, out = 2 * 4 * 80, kept_out = 9 * 2 * 4;
  const Var x = leaf({2, 3, 8, 10}), w = leaf({9, 3, 4}, Dtype::complex64), k = leaf({4, 3, 1, 1}), b = leaf({4});
  const Var y = fourier_layer_gelu(x, w, k, b, modes).y;
  expect("FourierOutput", {4 * (in + 12 + 4) + 8 * kept_out, 2 * 4 * out, 2 * out * 3 + 8 * plane + out});
  trace->jobs.clear();
  differentiate(y);
  expect("FourierOutputGrad",
         {4 * (2 * out + in), 8 * kept_out + 4 * (out + 4 + 12), 8 * plane + 2 * out + out + 2 * out * 3});
}

// 2 samples of 5 points, 3 channels through 7 to 1.
TEST_F(JobWork, OfAPointwiseMlp) {
  const Var x = leaf({2, 3, 5}), w1 = leaf({7, 3, 1}), b1 = leaf({7}), w2 = leaf({1, 7, 1}), b2 = leaf({1});
  const Var y = pointwise_mlp(x, w1, b1, w2, b2);
  expect("PointwiseMlp", {4 * (30 + 21 + 7 + 7 + 1), 4 * 10, 2 * 70 * 3 + 70 + 2 * 10 * 7});
  trace->jobs.clear();
  differentiate(y);
  expect("PointwiseMlpGrad", {4 * (30 + 10 + 36), 4 * (36 + 30), 3 * (2 * 70 * 3) + 2 * (2 * 10 * 7) + 4 * 70 + 10});
}

// Rows 0, 1, 2, -3, -2, -1 have four magnitudes, of which three have sines, and 1-D has one axis. 8 points fold to
// quarters of 2 and 2, 10 to quarters of 3 and 2: cosines of even k and sines of odd k take the larger one.
TEST(TransformFlop, SharesProductsOfOppositeFrequenciesAndOfOppositePoints) {
  EXPECT_EQ(make_modes(ModeConvention::classic, {8, 10}, 3)->transform_flop(),
            10 * (16 + 2 * 7 * 2) + 7 * (20 + 2 * (2 * 3 + 1 * 2 + 1 * 2 + 1 * 3)));
  EXPECT_EQ(make_modes(ModeConvention::classic, {15}, 5)->transform_flop(), 15 + 2 * (5 * 8 + 4 * 7));
  EXPECT_EQ(make_modes(ModeConvention::corner, {4, 6, 8}, 2)->transform_flop(),
            48 * (8 + 2 * 3) + 3 * 8 * (12 + 2 * (2 + 1 + 2)) + 9 * (16 + 2 * 3 * 2));
}

std::vector<std::string> scopes(const Trace& trace) {
  std::vector<std::string> all;
  for (const TracedJob& job : trace.jobs) all.push_back(job.scope + ":" + job.job);
  return all;
}

using ScopeOfJobs = Traced;

TEST_F(ScopeOfJobs, IsTheInnermostAndComesBackInTheReversePass) {
  const Var x = leaf({5});
  Var y;
  {
    const Scope outer("outer");
    y = gelu(x);
    {
      const Scope inner("inner");
      y = sin(y);
    }
    y = affine(y, 3);
  }
  EXPECT_EQ(scopes(*trace), (std::vector<std::string>{"outer:Unary", "inner:Unary", "outer:Scale"}));
  EXPECT_EQ(Scope::current(), "");
  trace->jobs.clear();
  const Scope elsewhere("elsewhere");
  differentiate(y);
  EXPECT_EQ(scopes(*trace), (std::vector<std::string>{"outer:Scale", "inner:UnaryBackward", "outer:UnaryBackward"}));
}

// Both leaves of a sum get the same tensor, so one is given its own at the end: a copy of the layer that added them.
TEST_F(ScopeOfJobs, NamesTheCopiesOfGradients) {
  const Var a = leaf({6}), b = leaf({6});
  Var y;
  {
    const Scope scope("sum");
    y = a + b;
  }
  trace->jobs.clear();
  differentiate(y);
  for (const std::string& name : scopes(*trace)) EXPECT_EQ(name, "sum:Copy");
  EXPECT_GT(found("Copy").launches, 0);
  EXPECT_EQ(found("Copy").work, static_cast<double>(found("Copy").launches) * (Work{24, 24, 0}));
}

TEST_F(ScopeOfJobs, IsThatOfTheLayersInsideACheckpoint) {
  const Var x = leaf({5});
  Var y;
  {
    const Scope block("block");
    y = checkpoint(
        [](const Var& v) {
          const Scope layer("layer");
          return gelu(v);
        },
        x);
  }
  trace->jobs.clear();
  differentiate(y);
  EXPECT_EQ(scopes(*trace), (std::vector<std::string>{"layer:Unary", "layer:UnaryBackward"}));
}

TEST(TracingDevice, HandsOnToAnotherAndCountsTheSame) {
  const auto step = [](const Device& device) {
    Random random(3);
    const Var x = Var::leaf(test::normal_tensor(random, {2, 3, 6, 5}, Dtype::float32, device));
    const Var w = Var::leaf(test::normal_tensor(random, {2, 3, 3, 3}, Dtype::float32, device));
    const Var y = mean(square(gelu(conv(x, w, Var(), {.stride = 1, .padding = 1}))), {}, false);
    backward(y);
    return test::host_values(x.grad());
  };
  const auto counted = std::make_shared<Trace>(), real = std::make_shared<Trace>();
  const Device cpu = cpu_device(1);
  EXPECT_EQ(step(tracing_device(real, cpu)), step(cpu));
  for (const double v : step(tracing_device(counted))) EXPECT_EQ(v, 0);
  EXPECT_EQ(scopes(*real), scopes(*counted));
  for (std::size_t i = 0; i < real->jobs.size(); ++i) {
    EXPECT_EQ(real->jobs[i].launches, counted->jobs[i].launches);
    EXPECT_EQ(real->jobs[i].work, counted->jobs[i].work);
    EXPECT_GT(real->jobs[i].seconds, 0);
    EXPECT_EQ(counted->jobs[i].seconds, 0);
  }
  EXPECT_EQ(cpu.memory().use().in_use, 0U);
  EXPECT_GT(cpu.memory().use().peak, 0U);
  EXPECT_EQ(tracing_device(real, cpu).name(), cpu.name());
}

// Kernels take their scratch and do nothing: the books are those of the real step, the numbers are zeros.
TEST(Rehearsal, TakesTheMemoryOfARealStepAndComputesNothing) {
  const auto step = [](const Device& device) {
    const Var x = Var::leaf(Tensor::full({2, 16, 24, 20}, Dtype::float32, device, 0.5));
    const Var w = Var::leaf(Tensor::full({16, 16, 3, 3}, Dtype::float32, device, 0.1));
    backward(mean(square(gelu(conv(x, w, Var(), {.stride = 1, .padding = 1}))), {}, false));
    return test::host_values(w.grad());
  };
  const Device real = cpu_device(2), rehearsed = cpu_device(2),
               counted = pool_counting_device(std::make_shared<Trace>(), pool_block_bytes);
  for (const double v : step(real)) EXPECT_NE(v, 0);
  {
    const cpu::Rehearsal nothing_runs;
    for (const double v : step(rehearsed)) EXPECT_EQ(v, 0);
  }
  EXPECT_EQ(rehearsed.memory().use().peak, real.memory().use().peak);
  EXPECT_EQ(rehearsed.memory().use().reserved, real.memory().use().reserved);
  (void)step(counted);
  EXPECT_LT(counted.memory().use().peak, real.memory().use().peak);  // without scratch
  for (const double v : step(rehearsed)) EXPECT_NE(v, 0);            // and afterwards it computes
}

TEST(TracingDevice, KeepsSingleEventsWhichAddUpToTheJobs) {
  const auto trace = std::make_shared<Trace>();
  trace->keeps_events = true;
  const Device device = tracing_device(trace, cpu_device(1));
  const auto before = std::chrono::steady_clock::now();
  Var x = Var::leaf(Tensor::zeros({1000}, Dtype::float32, device));
  for (const char* name : {"a", "b", "a"}) {
    const Scope scope(name);
    x = gelu(sin(x));
  }
  const auto after = std::chrono::steady_clock::now();
  ASSERT_EQ(trace->events.size(), 7U);
  EXPECT_EQ(scopes(*trace), (std::vector<std::string>{":Zero", "a:Unary", "b:Unary"}));
  auto end = before;
  for (const TracedEvent& event : trace->events) {
    EXPECT_GE(event.start, end) << event.scope << event.job;
    end = event.start +
          std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(event.seconds));
  }
  EXPECT_LE(end, after);
  for (const TracedJob& job : trace->jobs) {
    TracedJob sum{.scope = job.scope, .job = job.job};
    for (const TracedEvent& event : trace->events)
      if (event.scope == job.scope && event.job == job.job) {
        ++sum.launches;
        sum.work += event.work;
        sum.seconds += event.seconds;
      }
    EXPECT_EQ(sum.launches, job.launches);
    EXPECT_EQ(sum.work, job.work);
    EXPECT_DOUBLE_EQ(sum.seconds, job.seconds);
  }
}

// A job's seconds are its own, not those of what was given to the device before it or is to come.
TEST(TracingDevice, WaitsForTheDeviceAroundAJob) {
  struct Waits : Memory {
    explicit Waits(Memory& held) : held_(held) {}
    void* allocate(std::size_t bytes) override { return held_.allocate(bytes); }
    void release(void* block, std::size_t bytes) noexcept override { held_.release(block, bytes); }
    void copy(void* to, const void* from, std::size_t bytes, CopyKind kind) override {
      held_.copy(to, from, bytes, kind);
    }
    void zero(void*, std::size_t) override { done.push_back('z'); }
    void synchronize() override { done.push_back('s'); }
    [[nodiscard]] MemoryUse use() const override { return held_.use(); }
    std::string done;
    Memory& held_;
  };
  struct OfWaits : Backend {
    explicit OfWaits(const Device& device) : held(device), waits(device.memory()) {}
    [[nodiscard]] std::string name() const override { return "waits"; }
    [[nodiscard]] Memory& memory() override { return waits; }
#define FNO_DEFINE(Job)                            \
  void run(const Job<float>&) override { note(); } \
  void run(const Job<double>&) override { note(); }
    FNO_REAL_JOBS(FNO_DEFINE)
#undef FNO_DEFINE
#define FNO_DEFINE(Job) \
  void run(const Job&) override { note(); }
    FNO_PLAIN_JOBS(FNO_DEFINE)
#undef FNO_DEFINE
    void note() { waits.done.push_back('j'); }
    Device held;
    Waits waits;
  };
  const auto inner = std::make_shared<OfWaits>(cpu_device(1));
  const auto trace = std::make_shared<Trace>();
  const Device device = tracing_device(trace, Device(inner));
  const Var x = Var(Tensor::zeros({4}, Dtype::float32, device));
  (void)gelu(x);
  EXPECT_EQ(inner->waits.done, "szssjs");
  trace->active = false;
  (void)gelu(x);
  EXPECT_EQ(inner->waits.done, "szssjsj");
  EXPECT_EQ(trace->jobs.size(), 2U);
}

}  // namespace
}  // namespace fno
