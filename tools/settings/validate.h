#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "tools/settings/settings.h"

namespace fno::settings {

/// Defaults that follow from other settings: lr_warmup_epochs = min(default, epochs/4), so that a short run needs no
/// further flag. Given values are left alone.
void fill_dependent_defaults(Settings& settings);

/// Rules between settings that need no data: warm-up < epochs where the schedule warms up, a validation part where the
/// schedule watches it. Errors: config.
void check_together(const Settings& settings);

/// Fits the settings to the training grid: n_1 .. n_d points, d = 1, 2 or 3, the last axis being the halved one of the
/// real transform. Fills an absent fno_modes with min(default, n/2) of the smallest axis, at least 1, and refuses
/// values that do not fit or that make a network no machine could hold (so that later products stay within 64 bit).
/// Errors: config.
void check_against_data(Settings& settings, std::span<const std::int64_t> grid);

/// The rule for modes m on one grid. classic: 2m <= n on every axis but the last, m <= n/2 + 1 there. centered: m <= n.
/// corner: any m; modes that the grid lacks are idle (Stage A specification, 4.2). `grid_name` stands in the message
/// ("training grid"). For test data on another grid too. Errors: config.
void check_modes(const Settings& settings, std::span<const std::int64_t> grid, const std::string& grid_name);

}  // namespace fno::settings
