#include "tools/training/loader.h"

#include <algorithm>
#include <cmath>
#include <future>
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

// The chosen rows one after the other.
void gather_rows(const Rows& rows, std::int64_t row, std::span<const std::int64_t> samples, std::vector<float>& to) {
  for (std::size_t i = 0; i < samples.size(); ++i)
    rows.read(samples[i], std::span(to).subspan(i * static_cast<std::size_t>(row), static_cast<std::size_t>(row)));
}

}  // namespace

// A batch in ordinary memory, and the thread that reads the next one into it once it has been copied to the device.
struct BatchBuffer::Host {
  SampleSource data;
  std::vector<float> x, y;
  std::vector<std::int64_t> ahead;  // what is being read
  std::future<void> reading;        // last: its end is waited for before the rest goes

  void read(std::span<const std::int64_t> samples) {
    gather_rows(data.x, data.x_shape.size(), samples, x);
    if (!y.empty()) gather_rows(data.y, data.y_shape.size(), samples, y);
  }
};

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
    : host_(std::make_unique<Host>()), x_(of_batch(data.x_shape, capacity), Dtype::float32, device) {
  host_->data = data;
  host_->x.resize(static_cast<std::size_t>(capacity * data.x_shape.size()));
  if (data.y.empty()) return;
  host_->y.resize(static_cast<std::size_t>(capacity * data.y_shape.size()));
  y_ = Tensor(of_batch(data.y_shape, capacity), Dtype::float32, device);
}

BatchBuffer::~BatchBuffer() = default;
BatchBuffer::BatchBuffer(BatchBuffer&&) noexcept = default;
BatchBuffer& BatchBuffer::operator=(BatchBuffer&&) noexcept = default;

Batch BatchBuffer::gather(std::span<const std::int64_t> samples, std::span<const std::int64_t> next) {
  Host& host = *host_;
  const bool there = host.reading.valid() && std::ranges::equal(host.ahead, samples);
  if (there)
    host.reading.get();
  else if (host.reading.valid())
    host.reading.wait();  // of samples that nobody wants now: not even their errors
  if (!there) host.read(samples);

  const auto n = static_cast<std::int64_t>(samples.size());
  const auto copied = [n](const std::vector<float>& from, const Tensor& to) {
    const Tensor batch = to.rows(0, n);
    to.device().memory().copy(batch.data<float>(), from.data(), batch.bytes(), CopyKind::host_to_device);
    return batch;
  };
  const Tensor x = copied(host.x, x_);
  const Batch batch{x, y_.defined() ? copied(host.y, y_) : x, samples};

  host.reading = {};
  if (!next.empty() && !(host.data.x.is_held() && host.data.y.is_held())) {
    host.ahead.assign(next.begin(), next.end());
    host.reading = std::async(std::launch::async, [&host] { host.read(host.ahead); });
  }
  return batch;
}

Loader::Loader(const SampleSource& data, std::int64_t training, std::int64_t batch_size, std::uint64_t seed,
               const Device& device, bool drop_short)
    : training_(training),
      batch_size_(batch_size),
      seed_(seed),
      drop_short_(drop_short),
      buffer_(data, std::min(batch_size, training), device) {}

Batch Loader::batch(std::int64_t step) {
  return buffer_.gather(part(order_, step, batch_size_),
                        step + 1 < steps() ? part(order_, step + 1, batch_size_) : std::span<const std::int64_t>());
}

Sweep::Sweep(const SampleSource& data, std::int64_t first, std::int64_t last, std::int64_t batch_size,
             const Device& device)
    : batch_size_(batch_size),
      samples_(static_cast<std::size_t>(last - first)),
      buffer_(data, std::min(batch_size, last - first), device) {
  std::iota(samples_.begin(), samples_.end(), first);
}

Batch Sweep::batch(std::int64_t step) {
  return buffer_.gather(part(samples_, step, batch_size_),
                        step + 1 < steps() ? part(samples_, step + 1, batch_size_) : std::span<const std::int64_t>());
}

}  // namespace fno::training
