#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/training/json_values.h"

namespace fno::training {

/// What an epoch came to.
struct EpochRecord {
  double train_loss = 0;                 ///< mean over the samples, each as its step saw it
  std::optional<double> val_loss = {};   ///< absent without a validation part
  double learning_rate = 0;              ///< in force in the optimiser
  std::optional<double> grad_norm = {};  ///< mean of those logged, before clipping
  double seconds = 0;                    ///< validation included
  std::int64_t skipped_steps = 0;
  std::vector<std::pair<std::string, double>> measures = {};  ///< of the task, the same names every epoch
};

/// A measure of an epoch by name.
[[nodiscard]] std::optional<double> measure_of(const EpochRecord& record, std::string_view name);

/// Where in its epochs a run stands, with the sums of the epoch under way. Epochs and steps count from 0.
struct Position {
  int epoch = 0;
  std::int64_t step_in_epoch = 0;
  std::int64_t step = 0;  ///< since the beginning of the run, skipped ones included
  double loss_sum = 0;    ///< over samples
  std::int64_t samples = 0;
  double norm_sum = 0;
  std::int64_t norms = 0, skipped_steps = 0;
  double seconds = 0;
};

/// What the loop itself must remember to go on as if it had never stopped.
struct TrainingState {
  Position position;
  std::vector<EpochRecord> history;
  std::optional<int> best_epoch;  ///< least val_loss
  double best_val_loss = std::numeric_limits<double>::infinity();
};

/// history.json: one list a quantity, one entry an epoch. A missing value is null; NaN and infinity are null too and
/// stand under "not_finite" with key, epoch and name. Measures of the task are lists beside the others.
[[nodiscard]] Json history_json(const std::vector<EpochRecord>& history);

/// What history_json was made from. Throws nlohmann::json::exception where the lists of its kind are missing.
[[nodiscard]] std::vector<EpochRecord> read_history(const Json& json);

/// The state with every bit, for checkpoints.
[[nodiscard]] Json exact_json(const TrainingState& state);
[[nodiscard]] TrainingState training_state(const Json& json);

}  // namespace fno::training
