#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "framework/tensor/shape.h"

namespace fno::training {

/// A row of numbers for each sample: held in ordinary memory by someone else, or read when asked for. Reading may
/// happen on another thread than that which asks, one row at a time.
class Rows {
 public:
  /// Fills `to` with the row of a sample; it has the row's length.
  using Read = std::function<void(std::int64_t sample, std::span<float> to)>;

  /// How rows of held numbers overlap: in each part of `part` of them, `windows` rows begin, `step` apart, the first at
  /// `offset`.
  struct Overlap {
    std::int64_t part = 0, windows = 1, step = 0, offset = 0;
  };

  Rows() = default;
  Rows(std::span<const float> held) : held_(held) {}
  Rows(const std::vector<float>& held) : held_(held) {}
  Rows(std::span<const float> held, const Overlap& overlap) : held_(held), overlap_(overlap) {}
  Rows(Read read) : read_(std::move(read)) {}

  [[nodiscard]] bool empty() const { return held_.empty() && !read_; }
  [[nodiscard]] bool is_held() const { return !read_; }
  [[nodiscard]] std::span<const float> held() const { return held_; }
  void read(std::int64_t sample, std::span<float> to) const {
    if (read_)
      read_(sample, to);
    else
      std::ranges::copy(held_.subspan(place(sample, to.size()), to.size()), to.begin());
  }

 private:
  [[nodiscard]] std::size_t place(std::int64_t sample, std::size_t size) const {
    if (overlap_.part == 0) return static_cast<std::size_t>(sample) * size;
    return static_cast<std::size_t>(sample / overlap_.windows * overlap_.part + overlap_.offset +
                                    sample % overlap_.windows * overlap_.step);
  }

  std::span<const float> held_;
  Overlap overlap_ = {};
  Read read_;
};

/// Samples of whatever task.
struct SampleSource {
  std::int64_t samples = 0;
  Shape x_shape, y_shape;  ///< of a batch of one: (1, channels, n…)
  Rows x = {};             ///< (samples, channels, n…)
  Rows y = {};             ///< likewise; empty: the target is the input
};

}  // namespace fno::training
