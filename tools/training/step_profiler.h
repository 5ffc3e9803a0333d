#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <memory>

#include "tools/training/step_profile.h"
#include "tools/training/trainer.h"

namespace fno::training {

/// A step as it passed, for a timeline.
struct StepSpan {
  using Time = std::chrono::steady_clock::time_point;
  struct Part {
    Time start{};
    std::vector<TracedEvent> jobs = {};
  };
  std::int64_t step = 0;  ///< of the run, from 0
  Time start{}, end{};    ///< the batch comes first, then the passes, one after the other
  std::array<Part, kPasses.size()> passes = {};
};

/// Looks at a few steps of a run: stands between the trainer and the watcher of the run, and between the run and its
/// device. Every job runs where it would run anyway, so results do not change.
///
///     StepProfiler profiler(device, threads, 5);             // the run is built on profiler.device()
///     profiler.begin(0, steps_to_come, log, [&] { write(profiler.profile()); });
///     trainer.run(profiler);
///     profiler.finish();
class StepProfiler final : public Watcher {
 public:
  /// Steps at the beginning that are not looked at where there are enough to come: they fill caches and pools.
  static constexpr std::int64_t kWarmUp = 3;

  /// `threads` of a CPU device, nothing of another. Looks at so many steps, or as many as there are.
  StepProfiler(const Device& device, std::optional<int> threads, std::int64_t steps);

  /// Hands every job on to the device given.
  [[nodiscard]] const Device& device() const { return device_; }
  /// Measures the roof and fixes which steps are looked at: of those from `first` on, of which so many are to come.
  /// Everything is passed on to `behind`. `finished` is called once: when what the profile needs has passed, which is
  /// as many steps again, or by finish(), unless no step was looked at.
  void begin(std::int64_t first, std::int64_t to_come, Watcher& behind, std::function<void()> finished);
  void finish();

  /// Of the steps looked at so far.
  [[nodiscard]] const StepProfile& profile() const { return profile_; }
  [[nodiscard]] const std::vector<StepSpan>& spans() const { return spans_; }

  void on_batch(std::int64_t step) override;
  void on_pass(Pass pass) override;
  void on_gradients(const StepRecord& step, const Batch& batch) override { behind_->on_gradients(step, batch); }
  void on_step(const StepRecord& step) override;
  void on_epoch(const EpochRecord& epoch, bool is_best) override { behind_->on_epoch(epoch, is_best); }
  [[nodiscard]] bool stop() override { return behind_->stop(); }

 private:
  [[nodiscard]] bool looks_at(std::int64_t step) const {
    return step >= profile_.first && step < profile_.first + wanted_;
  }
  void take_jobs();  // of the pass that ends

  Device runs_on_, device_;
  std::shared_ptr<Trace> trace_;
  std::int64_t wanted_;
  Watcher* behind_ = nullptr;
  std::function<void()> finished_;
  StepProfile profile_;
  std::vector<StepSpan> spans_;
  StepSpan span_;  // of the step that goes on
  std::optional<Pass> pass_;
  double seconds_after_ = 0;  // of steps that followed
  std::int64_t steps_after_ = 0;
};

}  // namespace fno::training
