#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tools/settings/setting_table.h"
#include "tools/tasks/operator/field_pairs.h"

namespace fno::operators {

/// Settings that --task operator has for itself.
struct OperatorSettings {
  double validation_fraction = 0;  ///< last part of the training file, for val_loss
  std::string x_name, y_name;      ///< arrays of the data files
  /// Files of y, where they are others than those of x.
  std::optional<std::string> targets = {}, test_targets = {};
  std::optional<std::string> layout = {}, y_layout = {};  ///< their axes, see Layout
  PerAxis<int> stride = 1;                                ///< every so many points of the grid
  std::optional<std::int64_t> time_axis = {};             ///< of the array with time, below 0 from the end
  /// Of trajectories: states that are the input, and steps whose loss is taken, each made of those before. Where nobody
  /// asked they are empty for pairs and 1 for trajectories once the data are known.
  std::optional<std::int64_t> history = {}, rollout = {};
  Streaming streaming = Streaming::automatic;
};

inline constexpr const char* kTargets = "run.targets";

/// How the files of a run are to be taken.
[[nodiscard]] Reading reading_of(const settings::Settings& settings);

[[nodiscard]] settings::TaskTable settings_table();

/// Fits the settings to the training grid: n_1 .. n_d points, d = 1, 2 or 3, the last axis being the halved one of the
/// real transform. Where nobody asked for modes they become min(default, n/2) of each axis, at least 1, all of a
/// last axis of two or three points. Refuses more modes than an axis has (most_modes), other counts of numbers than one
/// or one an axis, and what would make a network no machine could hold (so that later products stay within 64 bit).
/// Errors: config.
void check_against_data(settings::Settings& settings, std::span<const std::int64_t> grid);

}  // namespace fno::operators

template <>
inline constexpr std::array<std::string_view, 3> fno::kNames<fno::operators::Streaming>{"auto", "on", "off"};
