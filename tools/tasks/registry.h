#pragma once

#include "tools/settings/setting_table.h"
#include "tools/training/comparison.h"
#include "tools/training/inference.h"
#include "tools/training/task.h"

namespace fno::tasks {

/// What the other rooms know of a task.
struct Entry {
  std::string_view name;  ///< of --task
  settings::TaskTable (*settings)();
  /// Its data read and checked. Errors: those of reading data and of settings that do not fit.
  std::unique_ptr<training::Task> (*make)(settings::Settings settings, const Device& device);
  /// The scores of a trained network on a file. Errors: data, config.
  training::Evaluation (*evaluate)(const training::TrainedNetwork& trained, const std::string& path);
  /// Writes its answers to the inputs of a file. Errors: data, config, numeric, storage.
  training::Evaluation (*predict)(const training::TrainedNetwork& trained, const training::PredictionFiles& files);
  /// What it adds where runs of it are laid side by side.
  training::CompareRuns compare;
};

/// Errors: config, if there is no such task.
[[nodiscard]] const Entry& entry(std::string_view name);

/// That of a trained network.
[[nodiscard]] const Entry& entry_of(const training::TrainedNetwork& trained);

}  // namespace fno::tasks
