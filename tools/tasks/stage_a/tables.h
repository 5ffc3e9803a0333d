#pragma once

#include <string>
#include <vector>

#include "tools/report/page.h"
#include "tools/report/statistics.h"
#include "tools/tasks/stage_a/run_row.h"

namespace fno::stage_a {

/// All that the report is made from: what stands in OUT.
struct StudyFiles {
  training::Json config;
  std::vector<RunRow> rows;              ///< runs.jsonl
  std::vector<training::Json> examined;  ///< mechanism/*.json, by name
};
/// Errors: data.
[[nodiscard]] StudyFiles read_study(const std::string& folder);

/// Runs of a kind, together. Rates are over those that did not run out of memory.
struct Group {
  std::string name;
  std::vector<const RunRow*> rows;
  [[nodiscard]] report::Rate collapsed() const;
  [[nodiscard]] report::Rate dead() const;
};

/// The cells in the order in which they stand in the file, runs of `part` only, void runs left out.
[[nodiscard]] std::vector<Group> groups_by_cell(const std::vector<RunRow>& rows, const std::string& part);

/// Cells, single factors, order, mechanism, remedy, void runs; empty ones left out.
[[nodiscard]] std::vector<report::Section> study_sections(const StudyFiles& files);

/// OUT/tables.md and OUT/report.html. No conclusions: those are for a person to draw. Errors: data, storage.
void write_study_report(const std::string& folder);

}  // namespace fno::stage_a
