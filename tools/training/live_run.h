#pragma once

#include <memory>
#include <optional>
#include <string>

#include "optim/clip.h"
#include "optim/optimizer.h"
#include "optim/schedule.h"
#include "tools/training/checkpoint.h"
#include "tools/training/task.h"

namespace fno::training {

/// All parts of one run, alive, at its beginning: made of a task and its settings, and of nothing else.
struct LiveRun {
  /// The loop ends after the epochs of the schedule, or after `epochs`, which leave the schedule alone.
  explicit LiveRun(std::unique_ptr<Task> task, std::optional<int> epochs = {});
  LiveRun(const LiveRun&) = delete;
  LiveRun& operator=(const LiveRun&) = delete;

  [[nodiscard]] const settings::Settings& settings() const { return task->settings(); }
  [[nodiscard]] const TrainingState& state() const { return trainer.state(); }

  /// Everything that another run of the same settings needs to go on from here bit for bit.
  [[nodiscard]] Checkpoint capture() const;
  /// Weights, moments, schedule and place as captured. `path` begins the message. Errors: checkpoint.
  void restore(const Checkpoint& from, const std::string& path);

  std::unique_ptr<Task> task;
  BuiltModel network;
  std::unique_ptr<Model> around;  ///< what the loss sees of the network (Task::trained_as); null: itself
  Optimizer optimizer;
  Schedule schedule;
  GradientClip clip;
  Loader loader;
  std::unique_ptr<Validation> validation;  ///< null without data for it
  Trainer trainer;
};

}  // namespace fno::training
