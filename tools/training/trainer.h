#pragma once

#include <cstdint>
#include <optional>

#include "optim/clip.h"
#include "optim/optimizer.h"
#include "optim/schedule.h"
#include "tools/training/history.h"
#include "tools/training/loader.h"
#include "tools/training/pass.h"
#include "tools/training/validation.h"

namespace fno::training {

/// What a step came to; what is logged.
struct StepRecord {
  std::int64_t step = 0;  ///< since the beginning, from 0
  int epoch = 0;          ///< from 0
  std::int64_t step_in_epoch = 0, steps_in_epoch = 0, samples = 0;
  double loss = 0;
  double learning_rate = 0;                      ///< read back from the optimiser after the step
  double grad_norm = 0;                          ///< before clipping
  bool log_norm = false;                         ///< the options ask to log it at this step
  std::optional<double> clipped_grad_norm = {};  ///< where logged
  double samples_per_second = 0;
  bool skipped = false;  ///< NaN or infinity: the weights were left alone
};

/// Sees everything that the loop does; called between steps.
class Watcher {
 public:
  virtual ~Watcher() = default;
  /// The parts of a step begin: its batch is about to be made, then each pass. `on_step` is their end.
  virtual void on_batch(std::int64_t /*step*/) {}
  virtual void on_pass(Pass) {}
  virtual void on_step(const StepRecord&) {}
  /// The epoch has been added to the history and `state()` stands at the next one.
  virtual void on_epoch(const EpochRecord&, bool /*is_best*/) {}
  /// The gradients of a step stand, nothing has been clipped or updated yet. `batch` is its data.
  virtual void on_gradients(const StepRecord&, const Batch& /*batch*/) {}
  /// Asked before every step; true ends the run there. Unless said otherwise, a signal or the end of its time does
  /// (StopSignal).
  [[nodiscard]] virtual bool stop();
};

struct TrainerOptions {
  int epochs = 1;
  LossFunction loss;
  bool log_grad_norm = false;
  std::int64_t grad_norm_log_freq = 1;
  bool skip_bad_steps = false;
};

/// The parts of a run, all owned elsewhere. `validation` may be null.
struct TrainerParts {
  const Model& model;
  Optimizer& optimizer;
  Schedule& schedule;
  const GradientClip& clip;
  Loader& loader;
  Validation* validation;
};

/// The training loop: for each epoch it asks the schedule for the rate, hands it to the optimiser, takes the loader's
/// batches one by one, and ends with val_loss, which the schedule may observe.
class Trainer {
 public:
  Trainer(const TrainerParts& parts, TrainerOptions options) : parts_(parts), options_(std::move(options)) {}

  /// Runs to the last epoch (true) or until the watcher says stop (false).
  /// Errors   numeric: a step whose loss or gradient is NaN or infinite, naming epoch, step and samples; the weights
  ///          are those before it. With skip_bad_steps only an epoch that consists of such steps.
  bool run(Watcher& watcher);

  [[nodiscard]] const TrainingState& state() const { return state_; }
  void restore(TrainingState state) { state_ = std::move(state); }

 private:
  void take_step(Watcher& watcher);
  void finish_epoch(Watcher& watcher);
  TrainerParts parts_;
  TrainerOptions options_;
  TrainingState state_;
};

}  // namespace fno::training
