#include "bench/harness/copy_bandwidth.h"

#include <chrono>
#include <cstring>

#include "bench/harness/statistics.h"

namespace fno::bench {
namespace {

constexpr std::int64_t kBytes = std::int64_t{96} << 20, kPiece = std::int64_t{1} << 20;

}  // namespace

CopyBandwidth::CopyBandwidth(int threads) : team_(threads), from_(kBytes, 1), to_(kBytes, 2) {}

void CopyBandwidth::sample(int copies) {
  for (int i = 0; i < copies; ++i) {
    const auto start = std::chrono::steady_clock::now();
    team_.parallel(kBytes / kPiece, 1, [&](std::int64_t first, std::int64_t last) {
      std::memcpy(to_.data() + first * kPiece, from_.data() + first * kPiece,
                  static_cast<std::size_t>((last - first) * kPiece));
    });
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    samples_.push_back(2e-9 * static_cast<double>(kBytes) / taken.count());
  }
}

double CopyBandwidth::median() const { return quantile(samples_, 0.5); }

}  // namespace fno::bench
