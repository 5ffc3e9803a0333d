#pragma once

#include <filesystem>
#include <vector>

#include "tools/commands/compare/groups.h"

namespace fno::compare {

/// Losses, rates, gradient norms and scores of all runs by epoch, one line a run, in the same colour in every plot;
/// plots without a value are left out. Then the plots of the task.
[[nodiscard]] std::vector<report::NamedPlot> comparison_plots(const Comparison& comparison);

/// Tables, curves, pictures side by side, settings, and a link to the page of each run, relative to `folder`.
[[nodiscard]] report::Page comparison_page(const Comparison& comparison, const std::filesystem::path& folder);

}  // namespace fno::compare
