#include "framework/tracing/roof.h"

#include <algorithm>
#include <chrono>
#include <cstring>

#include "framework/cpu/kernel_set.h"

namespace fno {
namespace {

constexpr std::int64_t kBytes = std::int64_t{96} << 20, kPiece = std::int64_t{1} << 20;
constexpr int kCallsASample = 10;         // on a device, so that the wait at the end does not count
constexpr std::int64_t kRounds = 400000;  // of multiply-adds, some milliseconds

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

double median_of(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t n = values.size();
  return n == 0 ? 0 : (values[(n - 1) / 2] + values[n / 2]) / 2;
}

// 256 to 256 channels on 32 x 32 points, 16 samples.
Conv<float> product(void* numbers) {
  Conv<float> job{.g = {.batch = 16,
                        .in = 256,
                        .out = 256,
                        .size = {1, 32, 32},
                        .kernel = {1, 1, 1},
                        .stride = {1, 1, 1},
                        .padding = {},
                        .out_size = {1, 32, 32}}};
  auto* const first = static_cast<float*>(numbers);
  job.x = first;
  job.w = first + job.g.inputs();
  job.y = first + job.g.inputs() + job.g.weights();
  return job;
}

std::size_t product_bytes() {
  const ConvGeometry g = product(nullptr).g;
  return sizeof(float) * static_cast<std::size_t>(g.inputs() + g.weights() + g.outputs());
}

}  // namespace

CopyBandwidth::CopyBandwidth(int threads) : team_(threads), from_(kBytes, 1), to_(kBytes, 2), bytes_(kBytes) {}

CopyBandwidth::CopyBandwidth(const Device& device, std::size_t bytes)
    : device_(device),
      bytes_(bytes),
      device_from_(device.memory().allocate(bytes)),
      device_to_(device.memory().allocate(bytes)) {
  device.memory().zero(device_from_, bytes);
  (void)seconds_on_device();
}

CopyBandwidth::~CopyBandwidth() {
  if (!device_.valid()) return;
  device_.memory().release(device_from_, bytes_);
  device_.memory().release(device_to_, bytes_);
}

double CopyBandwidth::seconds_on_cpu() {
  const auto start = Clock::now();
  team_.parallel(kBytes / kPiece, 1, [&](std::int64_t first, std::int64_t last) {
    std::memcpy(to_.data() + first * kPiece, from_.data() + first * kPiece,
                static_cast<std::size_t>((last - first) * kPiece));
  });
  return seconds_since(start);
}

double CopyBandwidth::seconds_on_device() {
  device_.memory().synchronize();
  const auto start = Clock::now();
  for (int i = 0; i < kCallsASample; ++i)
    device_.memory().copy(device_to_, device_from_, bytes_, CopyKind::device_to_device);
  device_.memory().synchronize();
  return seconds_since(start) / kCallsASample;
}

void CopyBandwidth::sample(int copies) {
  for (int i = 0; i < copies; ++i)
    samples_.push_back(2e-9 * static_cast<double>(bytes_) / (device_.valid() ? seconds_on_device() : seconds_on_cpu()));
}

double CopyBandwidth::median() const { return median_of(samples_); }

ProductRate::ProductRate(const Device& device) : device_(device), numbers_(device.memory().allocate(product_bytes())) {
  device.memory().zero(numbers_, product_bytes());
  (void)on_device();
}

ProductRate::~ProductRate() {
  if (device_.valid()) device_.memory().release(numbers_, product_bytes());
}

double ProductRate::on_cpu() {
  const cpu::KernelSet& kernels = cpu::kernel_set();
  const auto start = Clock::now();
  team_.parallel(team_.count(), 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) kernels.multiply_add(kRounds);
  });
  return static_cast<double>(team_.count() * kRounds * kernels.multiply_add_flop()) / seconds_since(start);
}

double ProductRate::on_device() {
  const Conv<float> job = product(numbers_);
  device_.memory().synchronize();
  const auto start = Clock::now();
  for (int i = 0; i < kCallsASample; ++i) device_.run(job);
  device_.memory().synchronize();
  return kCallsASample * job.work().flop / seconds_since(start);
}

void ProductRate::sample(int times) {
  for (int i = 0; i < times; ++i) samples_.push_back(1e-9 * (device_.valid() ? on_device() : on_cpu()));
}

double ProductRate::median() const { return median_of(samples_); }

double Roof::floor_seconds(const Work& work) const {
  return 1e-9 * std::max(work.bytes() / copy_gb_per_s, work.flop / product_gflop_per_s);
}

Roof measure_roof(const Device& device, std::optional<int> cpu_threads) {
  constexpr int kSamples = 7;
  const auto measured = [](CopyBandwidth&& copy, ProductRate&& rate) {
    copy.sample(kSamples);
    rate.sample(kSamples);
    return Roof{.copy_gb_per_s = copy.median(), .product_gflop_per_s = rate.median()};
  };
  if (cpu_threads) return measured(CopyBandwidth(*cpu_threads), ProductRate(*cpu_threads));
  return measured(CopyBandwidth(device, kBytes), ProductRate(device));
}

}  // namespace fno
