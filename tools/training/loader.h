#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "framework/tensor/tensor.h"
#include "tools/training/samples.h"

namespace fno::training {

/// The file's last samples are for validation; training has those before.
struct Split {
  std::int64_t training = 0, validation = 0;
};

/// floor(samples · fraction) for validation, at least one, nothing for fraction 0. Errors: config, if that leaves
/// nothing to train on.
[[nodiscard]] Split split_samples(std::int64_t samples, double fraction);

/// The order of samples 0 … n-1 in an epoch: a permutation that is a pure function of seed and epoch.
[[nodiscard]] std::vector<std::int64_t> epoch_order(std::uint64_t seed, int epoch, std::int64_t samples);

/// A batch on the device; valid until the next one is made.
struct Batch {
  Tensor x, y;
  std::span<const std::int64_t> samples;  ///< places in the file
};

/// Gathers samples into host memory and copies them into device memory, both used again for every batch. What `data`
/// points to must outlive it.
class BatchBuffer {
 public:
  BatchBuffer(const SampleSource& data, std::int64_t capacity, const Device& device);
  ~BatchBuffer();
  BatchBuffer(BatchBuffer&&) noexcept;
  BatchBuffer& operator=(BatchBuffer&&) noexcept;

  /// The samples as a batch. Where rows are read and not held, those of `next`, what is likely to be asked for then,
  /// are read meanwhile by a thread of their own. Errors: those of reading.
  [[nodiscard]] Batch gather(std::span<const std::int64_t> samples, std::span<const std::int64_t> next = {});

 private:
  struct Host;
  std::unique_ptr<Host> host_;
  Tensor x_, y_;  // y_ undefined where the target is the input
};

/// Training batches: samples 0 … training-1 of the data, each once an epoch, in the order above, the last batch short
/// where the numbers do not divide, or left out if `drop_short` and there is another.
class Loader {
 public:
  Loader(const SampleSource& data, std::int64_t training, std::int64_t batch_size, std::uint64_t seed,
         const Device& device, bool drop_short = false);

  [[nodiscard]] std::int64_t steps() const {
    return drop_short_ && training_ > batch_size_ ? training_ / batch_size_
                                                  : (training_ + batch_size_ - 1) / batch_size_;
  }
  [[nodiscard]] std::int64_t samples() const { return training_; }
  [[nodiscard]] bool drop_short() const { return drop_short_; }
  [[nodiscard]] std::int64_t batch_size() const { return batch_size_; }
  [[nodiscard]] std::uint64_t seed() const { return seed_; }

  void start(int epoch) { order_ = epoch_order(seed_, epoch, training_); }
  /// Batch `step` of the epoch that was started, 0 <= step < steps().
  [[nodiscard]] Batch batch(std::int64_t step);

 private:
  std::int64_t training_, batch_size_;
  std::uint64_t seed_;
  bool drop_short_;
  BatchBuffer buffer_;
  std::vector<std::int64_t> order_;
};

/// Samples first … last-1 in order, for validation and tests.
class Sweep {
 public:
  Sweep(const SampleSource& data, std::int64_t first, std::int64_t last, std::int64_t batch_size, const Device& device);
  [[nodiscard]] std::int64_t samples() const { return static_cast<std::int64_t>(samples_.size()); }
  [[nodiscard]] std::int64_t steps() const { return (samples() + batch_size_ - 1) / batch_size_; }
  [[nodiscard]] Batch batch(std::int64_t step);

 private:
  std::int64_t batch_size_;
  std::vector<std::int64_t> samples_;
  BatchBuffer buffer_;
};

}  // namespace fno::training
