#include "tools/train/loader.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "framework/error.h"
#include "framework/tensor/random.h"

namespace fno::train {
namespace {

// Apart from the streams of the weights, which are hashes of their names.
constexpr std::uint64_t kOrderStreams = 0x6f72646572000000u;  // "order"

std::span<const std::int64_t> part(const std::vector<std::int64_t>& order, std::int64_t step, std::int64_t size) {
  const auto n = static_cast<std::int64_t>(order.size());
  const std::int64_t first = step * size, last = std::min(first + size, n);
  return std::span(order).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(last - first));
}

Shape batch_shape(std::int64_t batch, std::int64_t channels, const OperatorData& data) {
  Shape shape{batch, channels};
  for (const std::int64_t n : data.grid) shape.push_back(n);
  return shape;
}

}  // namespace

Split split_samples(std::int64_t samples, double fraction) {
  if (fraction <= 0) return {samples, 0};
  require<ErrorKind::config>(samples > 1, "--validation-fraction: found ", fraction,
                             " of 1 sample, which leaves nothing to train on; accepted: 0, or a file of more samples");
  // Decimal fractions lie a little beside their binary value: 0.29 of 100 is 29.
  const double wanted = std::floor(fraction * static_cast<double>(samples) + 1e-9);
  const std::int64_t validation = std::clamp<std::int64_t>(static_cast<std::int64_t>(wanted), 1, samples - 1);
  return {samples - validation, validation};
}

std::vector<std::int64_t> epoch_order(std::uint64_t seed, int epoch, std::int64_t samples) {
  return Random(seed, kOrderStreams + static_cast<std::uint64_t>(epoch)).permutation(samples);
}

BatchBuffer::BatchBuffer(const OperatorData& data, std::int64_t capacity, const Device& device)
    : data_(data),
      x_host_(static_cast<std::size_t>(capacity * data.inputs * data.points())),
      y_host_(static_cast<std::size_t>(capacity * data.outputs * data.points())),
      x_(batch_shape(capacity, data.inputs, data), Dtype::float32, device),
      y_(batch_shape(capacity, data.outputs, data), Dtype::float32, device) {}

Batch BatchBuffer::gather(std::span<const std::int64_t> samples) {
  auto x = x_host_.begin(), y = y_host_.begin();
  for (const std::int64_t sample : samples) {
    x = std::ranges::copy(data_.input(sample), x).out;
    y = std::ranges::copy(data_.target(sample), y).out;
  }
  const auto n = static_cast<std::int64_t>(samples.size());
  const Batch batch{x_.rows(0, n), y_.rows(0, n), samples};
  Memory& memory = x_.device().memory();
  memory.copy(batch.x.data<float>(), x_host_.data(), batch.x.bytes(), CopyKind::host_to_device);
  memory.copy(batch.y.data<float>(), y_host_.data(), batch.y.bytes(), CopyKind::host_to_device);
  return batch;
}

Loader::Loader(const OperatorData& data, std::int64_t training, std::int64_t batch_size, std::uint64_t seed,
               const Device& device)
    : training_(training),
      batch_size_(batch_size),
      seed_(seed),
      buffer_(data, std::min(batch_size, training), device) {}

Batch Loader::batch(std::int64_t step) { return buffer_.gather(part(order_, step, batch_size_)); }

Sweep::Sweep(const OperatorData& data, std::int64_t first, std::int64_t last, std::int64_t batch_size,
             const Device& device)
    : batch_size_(batch_size),
      samples_(static_cast<std::size_t>(last - first)),
      buffer_(data, std::min(batch_size, last - first), device) {
  std::iota(samples_.begin(), samples_.end(), first);
}

Batch Sweep::batch(std::int64_t step) { return buffer_.gather(part(samples_, step, batch_size_)); }

}  // namespace fno::train
