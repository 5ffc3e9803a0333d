#pragma once

#include <cstdint>
#include <vector>

#include "framework/cpu/threads.h"
#include "framework/kernels/backend.h"

namespace fno::bench {

/// The yardstick of every memory-bound number: bytes read plus bytes written per second of a plain copy between two
/// arrays far larger than the caches; on the CPU with as many threads as the cases use.
class CopyBandwidth {
 public:
  explicit CopyBandwidth(int threads);
  /// Within the device's memory, `bytes` a copy.
  CopyBandwidth(const Device& device, std::size_t bytes);
  ~CopyBandwidth();
  CopyBandwidth(const CopyBandwidth&) = delete;
  CopyBandwidth& operator=(const CopyBandwidth&) = delete;
  /// Copies a few times and remembers each.
  void sample(int copies);
  /// What the arrays take of the device's memory; 0 on the CPU.
  [[nodiscard]] std::size_t device_bytes() const { return device_.valid() ? 2 * bytes_ : 0; }
  /// Median over all samples, GB/s.
  [[nodiscard]] double median() const;
  [[nodiscard]] const std::vector<double>& samples() const { return samples_; }

 private:
  [[nodiscard]] double seconds_on_cpu();
  [[nodiscard]] double seconds_on_device();

  cpu::Threads team_{1};
  std::vector<std::uint8_t> from_, to_;
  Device device_;  // or none: the CPU
  std::size_t bytes_;
  void *device_from_ = nullptr, *device_to_ = nullptr;
  std::vector<double> samples_;
};

}  // namespace fno::bench
