#include "framework/tracing/roof.h"

#include <gtest/gtest.h>

#include "framework/cpu/device.h"

namespace fno {
namespace {

TEST(Roof, FloorIsTheLongerOfBytesAndFlop) {
  const Roof roof{.copy_gb_per_s = 20, .product_gflop_per_s = 100};
  EXPECT_DOUBLE_EQ(roof.floor_seconds({.bytes_read = 3e9, .bytes_written = 1e9, .flop = 10e9}), 0.2);
  EXPECT_DOUBLE_EQ(roof.floor_seconds({.bytes_read = 3e9, .bytes_written = 1e9, .flop = 30e9}), 0.3);
  EXPECT_EQ(roof.floor_seconds({}), 0);
}

// Wide enough for every processor; a loop that the compiler took away would be above.
void expect_possible(const Roof& roof) {
  EXPECT_GT(roof.copy_gb_per_s, 0.05);
  EXPECT_LT(roof.copy_gb_per_s, 1000);
  EXPECT_GT(roof.product_gflop_per_s, 0.05);
  EXPECT_LT(roof.product_gflop_per_s, 1000);
}

TEST(Roof, IsMeasuredOnTheCpuAndThroughADevicesJobs) {
  const Device device = cpu_device(1);
  const Roof cpu = measure_roof(device, 1);
  expect_possible(cpu);
  CopyBandwidth copy(device, 1 << 22);
  ProductRate product(device);
  EXPECT_EQ(copy.device_bytes(), std::size_t{2} << 22);
  copy.sample(3);
  product.sample(3);
  const Roof jobs{.copy_gb_per_s = copy.median(), .product_gflop_per_s = product.median()};
  expect_possible(jobs);
  // No product does more than multiply-adds without loads; twice, for other programs run beside.
  EXPECT_LT(jobs.product_gflop_per_s, 2 * cpu.product_gflop_per_s);
}

}  // namespace
}  // namespace fno
