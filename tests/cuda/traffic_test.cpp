#include "cuda/emulation/emulated/traffic.h"

#include <gtest/gtest.h>
#include <string>
#include <utility>

#include "cuda/backend.h"
#include "framework/ops/spectral.h"
#include "tests/cuda/parity.h"

// What the kernels of a Fourier layer move, forward and backward, counted in the race build. A change that costs
// traffic shows here. Bounds are what stands today; they only ever get tighter.
namespace fno::cuda_test {
namespace {

using cu::emulated::LaunchCounts;

// 32-byte sectors sent over those that a launch must touch once. 1.2 unless a kernel is known to be worse.
double most_sent(const std::string& kernel, bool odd_rows) {
  // On odd rows 32 neighbours straddle five sectors in place of four.
  const std::pair<const char*, double> known[] = {
      {"conv_weight_grad_kernel", odd_rows ? 1.5 : 1.1},
      {"analyse_last_kernel", odd_rows ? 1.6 : 1.4},  // 16 points of a row at a time: half a sector is asked for twice
      {"pointwise_conv_kernel",
       odd_rows ? 1.85 : 1.65},          // weights and waves again for each block, which are small here
      {"synthesise_axis_kernel", 1.6}};  // a spectrum again for each 32 rows
  for (const auto& [name, most] : known)
    if (kernel.starts_with(name)) return most;
  return 1.2;
}

struct Counted {
  std::vector<LaunchCounts> launches;
  double activation;  // bytes
};

Counted count_layer(int channels, int rows, int points, int modes) {
  constexpr int kBatch = 4;
  const Device device(cuda::make_backend(0, "cuda-emulated", CudaLibraries::own));
  const auto set = make_modes(ModeConvention::classic, {rows, points}, modes);
  const auto leaf = [&](const Shape& shape, Dtype dtype) { return Var::leaf(Tensor::zeros(shape, dtype, device)); };
  const Shape field{kBatch, channels, rows, points};
  const Var x = leaf(field, Dtype::float32), w = leaf(Shape{set->weight_modes, channels, channels}, Dtype::complex64);
  const Var k = leaf(Shape{channels, channels, 1, 1}, Dtype::float32), bias = leaf(Shape{channels}, Dtype::float32);
  const cu::emulated::Counting counting;
  const Var y = fourier_layer_gelu(x, w, k, bias, set).y;
  backward(y, y.value());
  return {counting.launches(), 4.0 * kBatch * channels * rows * points};
}

constexpr double kLittle = 0.02;  // of an activation: what moves less may move it badly

void check(const Counted& layer, bool odd_rows, double most_passes) {
  double once = 0;
  for (const LaunchCounts& c : layer.launches) {
    SCOPED_TRACE(c.kernel);
    const double sent = c.loads.sent + c.stores.sent, compulsory = c.loads.compulsory + c.stores.compulsory;
    once += compulsory;
    if (compulsory < kLittle * layer.activation) continue;
    EXPECT_LE(sent / compulsory, most_sent(c.kernel, odd_rows));
    EXPECT_LE(double(c.wavefronts), 1.2 * double(c.least_wavefronts)) << "conflicts in shared memory";
  }
  EXPECT_LE(once / layer.activation, most_passes) << "passes over an activation, spectra and weights included";
}

TEST(CudaTraffic, ALayerOnOddRows) { check(count_layer(16, 23, 85, 6), true, 14.1); }
TEST(CudaTraffic, ALayerOnEvenRows) { check(count_layer(16, 24, 84, 6), false, 14.1); }

// Four passes forward, the activated field among them, and seven backward; spectra of rows beside them.
TEST(CudaTraffic, EachPassReadsAndWritesItsFieldsOnce) {
  const Counted layer = count_layer(16, 23, 85, 6);
  const double rows = 8.0 * 4 * 16 * 23 * 6, tables = 8.0 * 6 * 85, weights = 4.0 * 16 * 17, some = 4096;
  struct Pass {
    const char* kernel;
    int reads, writes;
    double more_read, more_written;
  };
  std::vector<Pass> expected{{"analyse_last_kernel<float, GridRows<float>>", 1, 0, tables, rows},
                             {"pointwise_conv_kernel<float, 4, 3>", 1, 2, rows + tables + weights, 0},
                             {"analyse_last_kernel<float, GradRows<float>>", 2, 1, tables, rows},
                             {"conv_weight_grad_kernel<float, false, 4, 3>", 2, 0, 0, 31 * weights},
                             {"pointwise_conv_kernel<float, 4, 3>", 1, 1, rows + tables + weights, 0}};
  std::size_t next = 0;
  for (const LaunchCounts& c : layer.launches) {
    if (next == expected.size() || c.kernel != expected[next].kernel) continue;
    SCOPED_TRACE(c.kernel);
    const Pass& pass = expected[next++];
    EXPECT_LE(c.loads.compulsory, pass.reads * layer.activation + pass.more_read + some);
    EXPECT_GE(c.loads.compulsory, pass.reads * layer.activation);
    EXPECT_LE(c.stores.compulsory, pass.writes * layer.activation + pass.more_written + some);
  }
  EXPECT_EQ(next, expected.size()) << "the kernel expected next did not run";
  EXPECT_LE(layer.launches.size(), 15u);  // two of them copy the gradient that the test makes of the result
}

}  // namespace
}  // namespace fno::cuda_test
