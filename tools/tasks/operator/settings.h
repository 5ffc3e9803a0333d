#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "tools/settings/setting_table.h"

namespace fno::operators {

/// Settings that --task operator has for itself.
struct OperatorSettings {
  double validation_fraction = 0;  ///< last part of the training file, for val_loss
};

[[nodiscard]] settings::TaskTable settings_table();

/// Fits the settings to the training grid: n_1 .. n_d points, d = 1, 2 or 3, the last axis being the halved one of the
/// real transform. Where nobody asked for modes they become min(default, n/2) of the smallest axis, at least 1. Refuses
/// values that do not fit or that make a network no machine could hold (so that later products stay within 64 bit).
/// Errors: config.
void check_against_data(settings::Settings& settings, std::span<const std::int64_t> grid);

/// The rule for modes m on one grid. classic: 2m <= n on every axis but the last, m <= n/2 + 1 there. centered: m <= n.
/// corner: any m; modes that the grid lacks are idle (Stage A specification, 4.2). `grid_name` stands in the message
/// ("training grid"). For test data on another grid too. Errors: config.
void check_modes(const settings::Settings& settings, std::span<const std::int64_t> grid, const std::string& grid_name);

}  // namespace fno::operators
