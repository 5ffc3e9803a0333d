#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tools/commands/compare/results.h"
#include "tools/report/run_report.h"

namespace fno::compare {

/// Losses, rates, gradient norms and scores of all runs by epoch, one line a run, in the same colour in every plot;
/// plots without a value are left out. Then the ring correlations.
[[nodiscard]] std::vector<report::NamedPlot> comparison_plots(const Comparison& comparison);

/// Tables, curves, reconstructions side by side, settings, and a link to the page of each run, relative to `folder`:
/// report.html, and as Markdown stage_a_summary.md.
[[nodiscard]] report::Page comparison_page(const Comparison& comparison, const std::vector<Reconstruction>& images,
                                           const std::filesystem::path& folder);

}  // namespace fno::compare
