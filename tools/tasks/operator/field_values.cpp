#include "tools/tasks/operator/field_values.h"

#include <algorithm>
#include <utility>

namespace fno::operators {

FieldValues::FieldValues(HostArray held)
    : held_(std::make_shared<const HostArray>(std::move(held))), type_(held_->type), shape_(held_->shape) {}

FieldValues::FieldValues(Read read, HostType type, std::vector<std::int64_t> shape)
    : read_(std::move(read)), type_(type), shape_(std::move(shape)) {}

std::int64_t FieldValues::sample_size() const {
  std::int64_t size = 1;
  for (std::size_t axis = 1; axis < shape_.size(); ++axis) size *= shape_[axis];
  return size;
}

void FieldValues::for_blocks(std::int64_t first, std::int64_t last,
                             const std::function<void(const Block&)>& visit) const {
  if (is_held()) {
    if (first < last) visit({*held_, first * sample_size(), first, last - first});
    return;
  }
  const std::int64_t step = samples_of_block(sample_size() * static_cast<std::int64_t>(size_of(type_)));
  for (; first < last; first += step) {
    const std::int64_t count = std::min(step, last - first);
    const HostArray block = read_(first, count);
    visit({block, 0, first, count});
  }
}

std::int64_t samples_of_block(std::int64_t bytes_of_sample) {
  constexpr std::int64_t kBlock = 16 << 20;
  return std::max<std::int64_t>(1, kBlock / std::max<std::int64_t>(1, bytes_of_sample));
}

void for_chunks(const HostArray& array, std::int64_t first, std::int64_t last,
                const std::function<void(std::int64_t, std::span<const double>)>& visit) {
  constexpr std::int64_t kChunk = 1 << 14;  // elements converted at once
  std::vector<double> values(static_cast<std::size_t>(std::max<std::int64_t>(0, std::min(kChunk, last - first))));
  for (; first < last; first += kChunk) {
    const std::span<double> part = std::span(values).first(static_cast<std::size_t>(std::min(kChunk, last - first)));
    array.read_doubles(first, part);
    visit(first, part);
  }
}

}  // namespace fno::operators
