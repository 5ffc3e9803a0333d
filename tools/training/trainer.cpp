#include "tools/training/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <sstream>

#include "framework/error.h"
#include "framework/scope.h"
#include "tools/training/stop_signal.h"

namespace fno::training {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

[[noreturn]] void refuse_step(const StepRecord& step, const char* what, double value, int epochs,
                              std::span<const std::int64_t> samples) {
  constexpr std::size_t kShown = 4;
  std::ostringstream first;
  for (std::size_t i = 0; i < std::min(kShown, samples.size()); ++i) first << (i == 0 ? "" : ", ") << samples[i];
  if (samples.size() > kShown) first << ", …";
  fail(ErrorKind::numeric, "epoch ", step.epoch + 1, " of ", epochs, ", step ", step.step_in_epoch + 1, " of ",
       step.steps_in_epoch, ", samples ", first.str(), ": found a ", what, " that is ", not_finite_name(value),
       ", accepted: finite numbers (or --skip-bad-steps)");
}

}  // namespace

bool Watcher::stop() { return StopSignal::asked(); }

bool Trainer::run(Watcher& watcher) {
  Position& at = state_.position;
  while (at.epoch < options_.epochs) {
    parts_.optimizer.set_rate(parts_.schedule.rate(at.epoch));
    parts_.loader.start(at.epoch);
    while (at.step_in_epoch < parts_.loader.steps()) {
      if (watcher.stop()) return false;
      take_step(watcher);
    }
    finish_epoch(watcher);
  }
  return true;
}

void Trainer::take_step(Watcher& watcher) {
  Position& at = state_.position;
  Optimizer& optimizer = parts_.optimizer;
  watcher.on_batch(at.step);
  const Clock::time_point start = Clock::now();
  const Batch batch = parts_.loader.batch(at.step_in_epoch);
  StepRecord record{.step = at.step,
                    .epoch = at.epoch,
                    .step_in_epoch = at.step_in_epoch,
                    .steps_in_epoch = parts_.loader.steps(),
                    .samples = static_cast<std::int64_t>(batch.samples.size())};

  const ErrorContext training([&](std::ostream& words) {
    words << "training, epoch " << record.epoch + 1 << " of " << options_.epochs << ", step "
          << record.step_in_epoch + 1 << " of " << record.steps_in_epoch << ", batch " << batch.x.shape() << " to "
          << batch.y.shape();
  });
  optimizer.zero_grad();
  Tensor loss;
  {
    watcher.on_pass(Pass::forward);
    const Var value = [&] {
      const Var prediction = parts_.model.forward(Var(batch.x));
      const Scope scope("loss");
      return options_.loss(prediction, Var(batch.y));
    }();
    watcher.on_pass(Pass::backward);
    const Scope scope("loss");
    backward(value);
    loss = value.value();
  }
  // One pass over the gradient a step. Without it a NaN that arises in the reverse pass would reach the weights, and
  // perhaps a checkpoint, before any loss shows it. Loss and norm are fetched together: one wait for the device.
  watcher.on_pass(Pass::update);
  const Tensor norm_on_device = grad_norm(optimizer.parameters());
  record.loss = loss.item();
  const double norm = record.grad_norm = norm_on_device.item();
  record.skipped = !std::isfinite(record.loss) || !std::isfinite(norm);
  record.log_norm = options_.log_grad_norm && at.step % options_.grad_norm_log_freq == 0;
  watcher.on_gradients(record, batch);
  if (!record.skipped) {
    const Tensor factor = parts_.clip.apply(optimizer.parameters(), norm_on_device);
    if (record.log_norm)  // a factor leaves the gradients themselves alone; the other rules change them
      record.clipped_grad_norm = factor.defined()       ? norm * factor.item()
                                 : parts_.clip.active() ? grad_norm(optimizer.parameters()).item()
                                                        : norm;
    optimizer.step(factor);
  }
  record.learning_rate = optimizer.rate();
  const double seconds = seconds_since(start);
  record.samples_per_second = static_cast<double>(record.samples) / std::max(seconds, 1e-9);

  ++at.step;
  ++at.step_in_epoch;
  at.seconds += seconds;
  if (record.skipped) {
    ++at.skipped_steps;
  } else {
    at.loss_sum += record.loss * static_cast<double>(record.samples);
    at.samples += record.samples;
    if (record.log_norm) {
      at.norm_sum += norm;
      ++at.norms;
    }
  }
  watcher.on_step(record);
  if (record.skipped && !options_.skip_bad_steps) {
    const bool loss_is_bad = !std::isfinite(record.loss);
    refuse_step(record, loss_is_bad ? "loss" : "gradient norm", loss_is_bad ? record.loss : norm, options_.epochs,
                batch.samples);
  }
}

void Trainer::finish_epoch(Watcher& watcher) {
  Position& at = state_.position;
  require<ErrorKind::numeric>(at.samples > 0, "epoch ", at.epoch + 1, " of ", options_.epochs,
                              ": found NaN or infinity", " in all ", at.skipped_steps,
                              " steps, accepted: at least one finite step");
  const Clock::time_point start = Clock::now();
  EpochRecord record{.train_loss = at.loss_sum / static_cast<double>(at.samples),
                     .learning_rate = parts_.optimizer.rate(),
                     .skipped_steps = at.skipped_steps};
  if (at.norms > 0) record.grad_norm = at.norm_sum / static_cast<double>(at.norms);
  if (parts_.validation != nullptr) {
    Validation::Result result = parts_.validation->run(at.epoch);
    record.val_loss = result.val_loss;
    record.measures = std::move(result.measures);
    parts_.schedule.observe(*record.val_loss);
  }
  record.seconds = at.seconds + seconds_since(start);
  const bool is_best = record.val_loss && *record.val_loss < state_.best_val_loss;
  if (is_best) {
    state_.best_epoch = at.epoch;
    state_.best_val_loss = *record.val_loss;
  }
  state_.history.push_back(record);
  // Weights that give NaN must not become the "last" checkpoint: stop before the watcher saves them.
  require<ErrorKind::numeric>(!record.val_loss || std::isfinite(*record.val_loss), "epoch ", at.epoch + 1, " of ",
                              options_.epochs, ": found a validation loss that is ",
                              not_finite_name(record.val_loss.value_or(0)), ", accepted: finite numbers");
  at = Position{.epoch = at.epoch + 1, .step = at.step};
  watcher.on_epoch(record, is_best);
}

}  // namespace fno::training
