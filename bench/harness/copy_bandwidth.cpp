#include "bench/harness/copy_bandwidth.h"

#include <chrono>
#include <cstring>

#include "bench/harness/statistics.h"

namespace fno::bench {
namespace {

constexpr std::int64_t kBytes = std::int64_t{96} << 20, kPiece = std::int64_t{1} << 20;
constexpr int kCopiesASample = 10;  // on a device, so that the wait at the end does not count

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

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
  for (int i = 0; i < kCopiesASample; ++i)
    device_.memory().copy(device_to_, device_from_, bytes_, CopyKind::device_to_device);
  device_.memory().synchronize();
  return seconds_since(start) / kCopiesASample;
}

void CopyBandwidth::sample(int copies) {
  for (int i = 0; i < copies; ++i)
    samples_.push_back(2e-9 * static_cast<double>(bytes_) / (device_.valid() ? seconds_on_device() : seconds_on_cpu()));
}

double CopyBandwidth::median() const { return quantile(samples_, 0.5); }

}  // namespace fno::bench
