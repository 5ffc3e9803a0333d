#pragma once

#include <map>
#include <string>

#include "tools/tasks/stage_a/tables.h"

namespace fno::stage_a {

/// Everything that findings.md says in numbers, by name, computed from the rows: "flat.stable" is "7 of 20",
/// "flat.stable.interval" its Wilson interval; names under "table." are whole tables.
using Claims = std::map<std::string, std::string>;
[[nodiscard]] Claims claims_of(const StudyFiles& files);

/// A table as a claim is one: Markdown without its title and the last line's end.
[[nodiscard]] std::string table_text(const report::Table& table);

/// Flat rate by the highest rate in force, distinct runs only: 3e-3 and below, 1e-2 constant, 1e-2 with warm-up and
/// cosine, 2e-2.
struct PeakRate {
  std::string name;
  double rate = 0;
  report::Rate flat;
  bool scheduled = false;  ///< warmed up and let down; else constant
};
[[nodiscard]] std::vector<PeakRate> flat_by_peak(const std::vector<RunRow>& rows);

/// The text with every {{name}} replaced. Errors: data, for a name that nothing is computed for; `where` begins it.
[[nodiscard]] std::string fill_in(const std::string& text, const Claims& claims, const std::string& where);

}  // namespace fno::stage_a
