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
  const std::pair<const char*, double> known[] = {
      {"conv_kernel<float, 32, 8, 4, false>", 3.0},  // four-byte stores 16 bytes apart
      {"conv_weight_grad_kernel", odd_rows ? 1.5 : 1.1},
      {"analyse_last_kernel",
       odd_rows ? 1.6 : 1.4},            // 16 grid points of a row at a time: half a sector is asked for again
      {"synthesise_last_kernel", 1.45},  // spectra again for each 64 points, and y read back
      {"synthesise_axis_kernel", 1.6},   // a spectrum again for each 32 rows
      {"channel_sum_kernel", odd_rows ? 1.25 : 1.01}};
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

TEST(CudaTraffic, ALayerOnOddRows) { check(count_layer(16, 23, 85, 6), true, 21.0); }
TEST(CudaTraffic, ALayerOnEvenRows) { check(count_layer(16, 24, 84, 6), false, 21.0); }

TEST(CudaTraffic, AnalysisReadsTheFieldOnce) {
  const Counted layer = count_layer(16, 23, 85, 6);
  const LaunchCounts& first = layer.launches.at(0);
  ASSERT_EQ(first.kernel, "analyse_last_kernel<float>");
  const double tables = 8.0 * 6 * 85;
  EXPECT_LE(first.loads.compulsory, layer.activation + tables + 64);
  EXPECT_LE(first.loads.of_blocks, 1.15 * layer.activation);
}

}  // namespace
}  // namespace fno::cuda_test
