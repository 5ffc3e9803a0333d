#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "tools/files/host_array.h"

namespace fno::operators {

/// The numbers of an array of fields in the units and the type of their file, (samples, channels, n1 …), real: held in
/// memory, or read from the file where they are asked for.
class FieldValues {
 public:
  /// Samples first … first + count - 1 as an array of their own. Errors: those of reading.
  using Read = std::function<HostArray(std::int64_t first, std::int64_t count)>;

  FieldValues() = default;
  explicit FieldValues(HostArray held);
  FieldValues(Read read, HostType type, std::vector<std::int64_t> shape);

  [[nodiscard]] const std::vector<std::int64_t>& shape() const { return shape_; }
  [[nodiscard]] bool is_held() const { return !read_; }
  /// Of one sample: channels times points.
  [[nodiscard]] std::int64_t sample_size() const;
  [[nodiscard]] std::int64_t points() const { return sample_size() / shape_[1]; }

  /// Samples in memory: element `at` of `array` is the first of sample `first`.
  struct Block {
    const HostArray& array;
    std::int64_t at = 0, first = 0, count = 0;
  };
  /// Visits samples first … last-1 in order, a block at a time: all at once where they are held.
  void for_blocks(std::int64_t first, std::int64_t last, const std::function<void(const Block&)>& visit) const;

 private:
  std::shared_ptr<const HostArray> held_;
  Read read_;
  HostType type_ = HostType::f32;
  std::vector<std::int64_t> shape_;
};

/// Samples that are read at once on the way through an array whose samples take so many bytes.
[[nodiscard]] std::int64_t samples_of_block(std::int64_t bytes_of_sample);

/// Calls visit(first, values) for the real numbers of `array` from element `first` to `last` - 1, a chunk at a time.
void for_chunks(const HostArray& array, std::int64_t first, std::int64_t last,
                const std::function<void(std::int64_t, std::span<const double>)>& visit);

}  // namespace fno::operators
