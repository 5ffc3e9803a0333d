#include "tools/training/loader.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "framework/error.h"
#include "framework/tensor/random.h"

namespace fno::training {
namespace {

// Apart from the streams of the weights, which are hashes of their names.
constexpr std::uint64_t kOrderStreams = 0x6f72646572000000u;  // "order"

std::span<const std::int64_t> part(const std::vector<std::int64_t>& order, std::int64_t step, std::int64_t size) {
  const auto n = static_cast<std::int64_t>(order.size());
  const std::int64_t first = step * size, last = std::min(first + size, n);
  return std::span(order).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(last - first));
}

Shape of_batch(Shape shape, std::int64_t batch) {
  shape[0] = batch;
  return shape;
}

// Copies the chosen rows of `values` one after the other.
void gather_rows(std::span<const float> values, std::int64_t row, std::span<const std::int64_t> samples,
                 std::vector<float>& to) {
  auto at = to.begin();
  for (const std::int64_t sample : samples)
    at = std::ranges::copy(values.subspan(static_cast<std::size_t>(sample * row), static_cast<std::size_t>(row)), at)
             .out;
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

BatchBuffer::BatchBuffer(const SampleSource& data, std::int64_t capacity, const Device& device)
    : data_(data),
      x_host_(static_cast<std::size_t>(capacity * data.x_shape.size())),
      x_(of_batch(data.x_shape, capacity), Dtype::float32, device) {
  if (data.y.empty()) return;
  y_host_.resize(static_cast<std::size_t>(capacity * data.y_shape.size()));
  y_ = Tensor(of_batch(data.y_shape, capacity), Dtype::float32, device);
}

Batch BatchBuffer::gather(std::span<const std::int64_t> samples) {
  const auto n = static_cast<std::int64_t>(samples.size());
  const auto fill = [&](std::span<const float> values, std::int64_t row, std::vector<float>& host, const Tensor& to) {
    gather_rows(values, row, samples, host);
    const Tensor batch = to.rows(0, n);
    to.device().memory().copy(batch.data<float>(), host.data(), batch.bytes(), CopyKind::host_to_device);
    return batch;
  };
  const Tensor x = fill(data_.x, data_.x_shape.size(), x_host_, x_);
  return {x, y_.defined() ? fill(data_.y, data_.y_shape.size(), y_host_, y_) : x, samples};
}

Loader::Loader(const SampleSource& data, std::int64_t training, std::int64_t batch_size, std::uint64_t seed,
               const Device& device, bool drop_short)
    : training_(training),
      batch_size_(batch_size),
      seed_(seed),
      drop_short_(drop_short),
      buffer_(data, std::min(batch_size, training), device) {}

Batch Loader::batch(std::int64_t step) { return buffer_.gather(part(order_, step, batch_size_)); }

Sweep::Sweep(const SampleSource& data, std::int64_t first, std::int64_t last, std::int64_t batch_size,
             const Device& device)
    : batch_size_(batch_size),
      samples_(static_cast<std::size_t>(last - first)),
      buffer_(data, std::min(batch_size, last - first), device) {
  std::iota(samples_.begin(), samples_.end(), first);
}

Batch Sweep::batch(std::int64_t step) { return buffer_.gather(part(samples_, step, batch_size_)); }

}  // namespace fno::training
