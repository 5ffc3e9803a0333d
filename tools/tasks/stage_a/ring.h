#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "tools/training/checkpoint.h"

namespace fno::stage_a {

/// A loss far above those before it.
struct Alarm {
  std::int64_t step = 0, samples = 0;
  double loss = 0, median = 0;  ///< of the window before it
};

/// Watches losses: an alarm where one is above 5 times the median of the last 64 before it (8 at least).
/// Source: Stage A specification, section 15.C.7.
class LossAlarm {
 public:
  std::optional<Alarm> observe(std::int64_t step, std::int64_t samples, double loss);
  /// The loss over the median of the window, however few it holds; 0 for the first loss.
  [[nodiscard]] double ratio(double loss) const;

 private:
  [[nodiscard]] std::optional<double> median(std::size_t least) const;
  std::deque<double> window_;
};

/// The last states of a run. Training is deterministic, so a state every 32 steps and the batches since hold all that
/// a state every step would.
class SnapshotRing {
 public:
  static constexpr std::int64_t kEvery = 32;
  static constexpr std::size_t kKept = 3;

  /// Called between steps, with the number of steps done: whether a state is due.
  [[nodiscard]] static bool due(std::int64_t steps_done) { return steps_done % kEvery == 0; }
  void keep(std::shared_ptr<const training::Checkpoint> state);
  /// The samples of a step.
  void add_batch(std::int64_t step, std::span<const std::int64_t> samples);

  struct StepBatch {
    std::int64_t step = 0;
    std::vector<std::int64_t> samples;
  };
  /// Oldest first; between 64 and 96 steps ago unless the run is younger.
  [[nodiscard]] const std::deque<std::shared_ptr<const training::Checkpoint>>& states() const { return states_; }
  /// Those of the steps since the oldest state.
  [[nodiscard]] const std::deque<StepBatch>& batches() const { return batches_; }

 private:
  std::deque<std::shared_ptr<const training::Checkpoint>> states_;
  std::deque<StepBatch> batches_;
};

}  // namespace fno::stage_a
