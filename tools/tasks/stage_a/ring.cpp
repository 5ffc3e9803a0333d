#include "tools/tasks/stage_a/ring.h"

#include <algorithm>

namespace fno::stage_a {

std::optional<double> LossAlarm::median(std::size_t least) const {
  if (window_.size() < least) return std::nullopt;
  std::vector<double> sorted(window_.begin(), window_.end());
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  return *middle;
}

double LossAlarm::ratio(double loss) const {
  const std::optional<double> middle = median(1);
  return middle && *middle > 0 ? loss / *middle : 0;
}

std::optional<Alarm> LossAlarm::observe(std::int64_t step, std::int64_t samples, double loss) {
  constexpr std::size_t kWindow = 64, kLeast = 8;
  constexpr double kFactor = 5;
  std::optional<Alarm> alarm;
  if (const std::optional<double> middle = median(kLeast); middle && loss > kFactor * *middle)
    alarm = Alarm{.step = step, .samples = samples, .loss = loss, .median = *middle};
  window_.push_back(loss);
  if (window_.size() > kWindow) window_.pop_front();
  return alarm;
}

void SnapshotRing::keep(std::shared_ptr<const training::Checkpoint> state) {
  states_.push_back(std::move(state));
  if (states_.size() > kKept) states_.pop_front();
  const std::int64_t oldest = states_.front()->training.position.step;
  while (!batches_.empty() && batches_.front().step < oldest) batches_.pop_front();
}

void SnapshotRing::add_batch(std::int64_t step, std::span<const std::int64_t> samples) {
  batches_.push_back({.step = step, .samples = {samples.begin(), samples.end()}});
}

}  // namespace fno::stage_a
