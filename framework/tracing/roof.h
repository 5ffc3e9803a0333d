#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "framework/cpu/threads.h"
#include "framework/kernels/backend.h"

namespace fno {

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

/// The yardstick of every number that arithmetic bounds, in float32. On the CPU multiply-adds in registers, which no
/// product passes; on another device our own product, a 1-wide convolution of 256 channels, which a better one may
/// pass.
class ProductRate {
 public:
  explicit ProductRate(int threads) : team_(threads) {}
  explicit ProductRate(const Device& device);
  ~ProductRate();
  ProductRate(const ProductRate&) = delete;
  ProductRate& operator=(const ProductRate&) = delete;
  /// Measures a few times and remembers each.
  void sample(int times);
  /// Median over all samples, Gflop/s, a multiply-add 2.
  [[nodiscard]] double median() const;
  [[nodiscard]] const std::vector<double>& samples() const { return samples_; }

 private:
  [[nodiscard]] double on_cpu();
  [[nodiscard]] double on_device();

  cpu::Threads team_{1};
  Device device_;  // or none: the CPU
  void* numbers_ = nullptr;
  std::vector<double> samples_;
};

/// What a device can do at most, measured.
struct Roof {
  double copy_gb_per_s = 0, product_gflop_per_s = 0;

  /// The floor of work, seconds: its bytes or its flop, whichever take longer, for they can overlap.
  [[nodiscard]] double floor_seconds(const Work& work) const;
};

/// The medians of a few samples, within about half a second on a CPU of `cpu_threads` threads; nothing: another device.
[[nodiscard]] Roof measure_roof(const Device& device, std::optional<int> cpu_threads);

}  // namespace fno
