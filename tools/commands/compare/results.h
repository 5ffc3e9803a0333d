#pragma once

#include <filesystem>
#include <string>

#include "tools/commands/compare/groups.h"

namespace fno::compare {

/// metrics.json: `old` with label -> M of the last weights put in, null for a run without one. With several seeds the
/// first also stands under its architecture's label.
[[nodiscard]] Json merged_metrics(Json old, const Comparison& comparison);

/// Writes metrics.json, merged into `old_metrics`, report.html, the curves in visuals/, and the files of the task.
/// Errors: storage.
void write_results(const std::filesystem::path& out, const Comparison& comparison, const Json& old_metrics);

/// Shows on standard output the tables, what is to be preferred, and the paths; or all of it as one JSON object with
/// the members of `more`.
void print_results(const std::filesystem::path& out, const Comparison& comparison, bool as_json, const Json& more);

}  // namespace fno::compare
